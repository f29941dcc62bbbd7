package portal

import (
	"qingshan/internal/httpx"
	"qingshan/publication"
)

// The parameters of the pages.

const (
	unitPattern = `^[1-9][0-9]{5}([0-9]{3}([0-9]{3}(-[0-9]{2})?)?)?$`
	spanPattern = `[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?`
)

func place() httpx.Param {
	return httpx.Param{Name: "place", Pattern: unitPattern, Example: "220323102", ZH: "区划代码；不写为本系统的第一个县", EN: "A unit's code; the installation's first county if left out"}
}

func period() httpx.Param {
	return httpx.Param{Name: "period", Pattern: `^` + spanPattern + `(\.\.` + spanPattern + `)?$`, Example: "2025-06", ZH: "时段：年、月、日，或用“..”相连的两个；不写为本年",
		EN: "A year, a month, a day, or two of them joined by \"..\"; the present year if left out"}
}

func asOf() httpx.Param {
	return httpx.Param{Name: "as_of", Format: "date", Example: "2025-12-10", ZH: "截至这一天（含）；不写为整个时段", EN: "Up to and with this day; the whole period if left out"}
}

func after() httpx.Param {
	return httpx.Param{Name: "after", ZH: "上一页给出的续页位置", EN: "Where the page before ended"}
}

func figureCode() httpx.Param {
	return httpx.Param{Name: "code", Pattern: codeForm.String(), Example: "clean.domestic_waste", ZH: "指标代码", EN: "The code of a figure"}
}

func book() httpx.Param {
	return httpx.Param{Name: "book", Pattern: `^[a-z0-9][a-z0-9-]{0,31}$`, Example: "220323102", ZH: "账本名", EN: "A book's name"}
}

func sequence() httpx.Param {
	return httpx.Param{Name: "seq", Type: "integer", Example: "5", ZH: "记录在账本中的序号，从 0 起", EN: "The entry's place in its book, from 0"}
}

func paperCode() httpx.Param {
	return httpx.Param{Name: "code", Pattern: `^[a-z0-9-]+-[0-9]+-[0-9]$`, Example: publication.Code{Book: "220323102", Seq: 5}.String(),
		ZH: "发布编号：账本-序号-校验位", EN: "The code of what was published: book, sequence, check digit"}
}

func fileName() httpx.Param {
	return httpx.Param{Name: "name", Example: "0123456789abcdef.css", ZH: "页面所引用的文件名", EN: "The name of a file that pages refer to"}
}

func language() httpx.Param {
	return httpx.Param{Name: "lang", Enum: []string{"zh", "en"}, ZH: "语言；不写按浏览器", EN: "The language; the browser's if left out"}
}

func view() httpx.Param {
	return httpx.Param{Name: "view", Enum: []string{"wall"}, ZH: "wall 为大屏", EN: "wall for a large screen"}
}
