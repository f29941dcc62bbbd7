package api

import "qingshan/internal/httpx"

// The parameters of this door's routes, each in one place: its name, its form, and what it is for.

const (
	unitPattern = `^[1-9][0-9]{5}([0-9]{3}([0-9]{3}(-[0-9]{2})?)?)?$`
	bookPattern = `^[a-z0-9][a-z0-9-]{0,31}$`
	spanPattern = `[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?`
)

func place() httpx.Param {
	return httpx.Param{Name: "place", Pattern: unitPattern, Example: "220323102", ZH: "区划代码：县 6 位、镇 9 位、村 12 位，网格为村代码加“-”和两位数字",
		EN: "A unit's code: county 6 digits, town 9, village 12; a grid is its village's code, \"-\" and two digits"}
}

func period() httpx.Param {
	return httpx.Param{Name: "period", Pattern: `^` + spanPattern + `(\.\.` + spanPattern + `)?$`, Example: "2025-06", ZH: "时段：年、月、日，或两个同样长短的时段之间用“..”",
		EN: "A year, a month, a day, or two of the same length joined by \"..\""}
}

func asOf() httpx.Param {
	return httpx.Param{Name: "as_of", Format: "date", Example: "2025-12-10", ZH: "截至这一天（含）；不写为整个时段", EN: "Up to and with this day; the whole period if left out"}
}

func day() httpx.Param {
	return httpx.Param{Name: "day", Format: "date", Example: "2025-06-03", ZH: "那一天的情况；不写为今天", EN: "As it was on this day; today if left out"}
}

// codes may be given often, in the query; figureCode is one, in the path.
func codes() httpx.Param {
	return httpx.Param{Name: "code", Often: true, Pattern: codeForm.String(), Example: "clean.domestic_waste", ZH: "指标代码，可写多个；不写为全部",
		EN: "The code of a figure, as often as wanted; all figures if left out"}
}

func figureCode() httpx.Param {
	return httpx.Param{Name: "code", Pattern: codeForm.String(), Example: "clean.domestic_waste", ZH: "指标代码", EN: "The code of a figure"}
}

func compare() httpx.Param {
	return httpx.Param{Name: "compare", Enum: []string{"1", "0"}, Example: "1", ZH: "写 1 则附上计划（target）和上年同期（last_year），没有的不写",
		EN: "1: beside each figure its plan (target) and the same days of last year (last_year), where there are such"}
}

func waits() httpx.Param {
	return httpx.Param{Name: "wait", Often: true, Pattern: `^[a-z0-9][a-z0-9-]{0,31}:[0-9]+$`, Example: "220323102:5", ZH: "账本:条数，等统计到这一条再回答（最多 10 秒）",
		EN: "BOOK:SIZE: answer only when that many entries are counted (10 seconds at most)"}
}

func after() httpx.Param {
	return httpx.Param{Name: "after", ZH: "上一页的 next", EN: "The next of the page before"}
}

func limit() httpx.Param {
	return httpx.Param{Name: "limit", Type: "integer", Min: 1, Max: 1000, Example: "100", ZH: "每页条数", EN: "How many a page holds"}
}

func book() httpx.Param {
	return httpx.Param{Name: "book", Pattern: bookPattern, Example: "220323102", ZH: "账本名：县或镇的区划代码", EN: "A book's name: the code of the county or town"}
}

func sequence() httpx.Param {
	return httpx.Param{Name: "seq", Type: "integer", Example: "5", ZH: "记录在账本中的序号，从 0 起", EN: "The entry's place in its book, from 0"}
}

// size is a size of a book under one of several names.
func size(name, zh, en string) httpx.Param {
	return httpx.Param{Name: name, Type: "integer", Min: 1, Max: 1 << 53, ZH: zh, EN: en}
}

func parent() httpx.Param {
	p := place()
	p.Name, p.Example, p.ZH, p.EN = "parent", "220323", "上级区划代码；不写则列出各县", "The code of the unit above; the counties if left out"
	return p
}

func registerName() httpx.Param {
	return httpx.Param{Name: "kind", Pattern: registerForm.String(), Example: "household", ZH: "登记册名", EN: "The name of a register"}
}
