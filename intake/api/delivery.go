package api

// delivery says what may stand in the body of POST /api/v1/records. It is read strictly, value by value, by
// readDelivery and the desk; this is its form for the description, and a test holds the two together.
type delivery struct {
	Book    string `json:"book"`
	Sent    string `json:"sent,omitempty" jsonschema:"the client's clock when it sent, by which its times are corrected"`
	Catalog string `json:"catalog,omitempty" jsonschema:"hash of the catalog that the client speaks by; the present one if left out"`
	Records []said `json:"records"`
}

// said is one record as a client says it; the catalog says which values a kind has.
type said struct {
	ID       string                    `json:"id,omitempty" jsonschema:"a UUIDv7 that the client made; or external"`
	External string                    `json:"external,omitempty" jsonschema:"the client's own name for the record, hashed into an id; or id"`
	Kind     string                    `json:"kind" jsonschema:"a kind of the catalog, such as waste.load"`
	Observed string                    `json:"observed" jsonschema:"an instant with its offset, a day, or a month"`
	About    []string                  `json:"about,omitempty" jsonschema:"what it is about, as kind/id: unit/220323102210"`
	By       string                    `json:"by,omitempty" jsonschema:"who did it, as the register of persons names them"`
	Where    *position                 `json:"where,omitempty"`
	Values   map[string]any            `json:"values,omitempty" jsonschema:"by the fields of the kind; quantities as amount and unit"`
	Facets   map[string]map[string]any `json:"facets,omitempty" jsonschema:"what else the same act was, by kind"`
	Evidence []string                  `json:"evidence,omitempty" jsonschema:"SHA-256 of photographs and papers"`
	Amends   string                    `json:"amends,omitempty" jsonschema:"the id of the record that this one takes the place of"`
}

// position is a place on the earth in degrees, its accuracy in metres.
type position struct {
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Accuracy float64 `json:"accuracy,omitempty"`
	Datum    string  `json:"datum"`
}
