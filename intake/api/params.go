package api

import (
	"qingshan/internal/httpx"
	"qingshan/quarantine"
)

// The parameters of this package's routes, each in one place: its name, its form, and what it is for.

func item() httpx.Param {
	return httpx.Param{Name: "item", Pattern: `^[0-9a-f]{32}$`, Example: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", ZH: "隔离件编号", EN: "An item's id"}
}

func inBook() httpx.Param {
	return httpx.Param{Name: "book", Pattern: `^[a-z0-9][a-z0-9-]{0,31}$`, Example: "220323102", ZH: "账本名；不写为您能处理的全部账本", EN: "A book's name; all that are yours if left out"}
}

func inState() httpx.Param {
	var states []string
	for _, s := range quarantine.States() {
		states = append(states, string(s))
	}
	return httpx.Param{Name: "state", Enum: states, Example: states[0], ZH: "处理状态；不写为全部", EN: "Where the item stands; any if left out"}
}

func withCode() httpx.Param {
	return httpx.Param{Name: "code", Pattern: `^[a-z_.]{1,100}$`, Example: "record.unknown_kind", ZH: "隔离原因的代码", EN: "The code of the reason"}
}

func ofKind() httpx.Param {
	return httpx.Param{Name: "kind", Pattern: `^[a-z][a-z0-9_.]{0,63}$`, Example: "waste.load", ZH: "记录类型", EN: "The kind of record"}
}

func sentBy() httpx.Param {
	return httpx.Param{Name: "sender", Pattern: `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`, Example: "p-3fa81c09", ZH: "交来人的编号", EN: "Who sent it"}
}

func after() httpx.Param {
	return httpx.Param{Name: "after", ZH: "上一页的 next", EN: "The next of the page before"}
}

func limit() httpx.Param {
	return httpx.Param{Name: "limit", Type: "integer", Min: 1, Max: most, Example: "100", ZH: "每页条数", EN: "How many a page holds"}
}
