package catalog

import (
	"regexp"

	"qingshan/catalog/declared"
	"qingshan/record"
)

// Kind is one kind of record: who may say it about which places, with which fields, and what is counted from it.
type Kind struct {
	Name     record.Kind
	Part     string
	ZH       string
	EN       string
	Facet    bool // one act may count as this kind beside its own
	Place    PlaceRule
	Owner    Owner
	Fields   []Field
	Emits    []Emission
	System   bool   // the system says it; no door takes it
	Signed   bool   // a signature: whom it is by hands it in, and nobody on their behalf
	Register string // the register it states an object of, or ""
	Opaque   bool   // the ids of the register's objects tell nothing; see [OpaqueID]
}

// Field gives the field of this name.
func (k Kind) Field(name string) (Field, bool) {
	for _, f := range k.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// PlaceRule says how exactly a record must say where it belongs. The zero rule wants no place.
type PlaceRule struct {
	Coarsest record.Level
}

// Accepts tells whether a place is at least as fine as the rule wants.
func (p PlaceRule) Accepts(place record.UnitCode) bool {
	if p.Coarsest == 0 {
		return true
	}
	return place != "" && place.Level() >= p.Coarsest
}

// Owner says in whose book the records of a kind stand.
type Owner string

// The owners.
const (
	OwnedByCounty Owner = "county"
	OwnedByTown   Owner = "town"
	OwnedByAny    Owner = "any"
)

// Takes tells whether a record of this owner may stand in the book: a county's book is named by six digits.
func (o Owner) Takes(book record.Book) bool {
	county := len(book) == 6
	return o == OwnedByAny || (o == OwnedByCounty) == county
}

// Register is a list of objects that are stated by records of one kind, "register.NAME".
type Register struct {
	Name  string
	Label string // the field whose value is shown as the object's name; "" = the object's id
	Kind  Kind
}

// The fields that every register kind has.
const (
	FieldObject = "object" // the globally unique id of the object
	FieldEnds   = "ends"   // the object ceases on the observed day
)

// idOpaque is the word for a register whose objects are people or lead to them.
const idOpaque = "opaque"

var opaqueForm = regexp.MustCompile(`^([a-z]-[0-9a-f]{8,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// OpaqueID tells whether an id is a lower-case UUID, or a letter, "-" and at least eight hexadecimal digits. An id stands
// in every record about the object for ever, so neither a name nor an identity number may be one.
func OpaqueID(id string) bool { return opaqueForm.MatchString(id) }

// registerPrefix heads the kinds of the registers.
const registerPrefix = "register."

func (c *compiler) recordKind(d declared.Kind) Kind {
	c.dotted("kind", d.Name)
	if !d.System {
		c.notSystem(d.Name)
	}
	k := c.kind("kind "+d.Name.Text, d, nil)
	k.Name = record.Kind(d.Name.Text)
	return k
}

// notSystem refuses names that the system keeps for itself.
func (c *compiler) notSystem(name declared.Word) {
	for _, taken := range systemKinds() {
		if name.Text == taken {
			c.refuse(name.At, "kind %s belongs to the system", name.Text)
		}
	}
	if len(name.Text) >= len(registerPrefix) && name.Text[:len(registerPrefix)] == registerPrefix {
		c.refuse(name.At, "kind %s: names under %q belong to registers", name.Text, registerPrefix)
	}
}

func (c *compiler) register(d declared.Kind) Register {
	what := "register " + d.Name.Text
	c.plain("register", d.Name)
	if d.Facet {
		c.refuse(d.Name.At, "%s: a register cannot be a facet", what)
	}
	k := c.kind(what, d, implicitFields())
	k.Name = record.Kind(registerPrefix + d.Name.Text)
	k.Register = d.Name.Text
	k.Opaque = !d.ID.IsZero() && c.known(what+": id", d.Name.At, d.ID, idOpaque)
	if !d.Label.IsZero() {
		if f, found := k.Field(d.Label.Text); !found {
			c.refuse(d.Label.At, "%s: label: unknown field %q", what, d.Label.Text)
		} else if f.Personal {
			c.refuse(d.Label.At, "%s: label: field %s is personal", what, f.Name)
		}
	}
	return Register{Name: d.Name.Text, Label: d.Label.Text, Kind: k}
}

// implicitFields are those that no register declares and every register has.
func implicitFields() []Field {
	return []Field{
		{Name: FieldObject, Type: TypeText, Required: true, MaxRunes: 64, ZH: "编号", EN: "id"},
		{Name: FieldEnds, Type: TypeBool, ZH: "终止", EN: "ends"},
	}
}

// kind checks what record kinds and registers have in common.
func (c *compiler) kind(what string, d declared.Kind, implicit []Field) Kind {
	c.labels(what, d.Named)
	k := Kind{Part: d.Part.Text, ZH: d.ZH.Text, EN: d.EN.Text, Facet: d.Facet, System: d.System, Signed: d.Signed, Owner: OwnedByAny}
	if !d.System {
		c.partOf(what, d.Name.At, d.Part)
		c.known(what+": place", d.Name.At, d.Place, levelWords()...)
		c.known(what+": owner", d.Name.At, d.Owner, string(OwnedByCounty), string(OwnedByTown), string(OwnedByAny))
		k.Place, k.Owner = PlaceRule{Coarsest: levelOf(d.Place.Text)}, Owner(d.Owner.Text)
	}
	k.Fields = c.fields(what, d, implicit)
	for _, e := range d.Emits {
		k.Emits = append(k.Emits, c.emission(what, k, e))
	}
	return k
}

// fields builds the implicit and the declared fields, each name once, at least one of them required: an amendment without
// values is a withdrawal, so every complete record must have a value.
func (c *compiler) fields(what string, d declared.Kind, fields []Field) []Field {
	seen := map[string]bool{}
	required := false
	for _, f := range fields {
		seen[f.Name] = true
		required = required || f.Required
	}
	for _, one := range d.Fields {
		if seen[one.Name.Text] {
			c.refuse(one.Name.At, "%s: field %s is defined twice", what, one.Name.Text)
			continue
		}
		seen[one.Name.Text] = true
		required = required || one.Required
		fields = append(fields, c.field(what+": field "+one.Name.Text, one))
	}
	if !required {
		c.refuse(d.Name.At, "%s: no field is required; a record without values would be a withdrawal", what)
	}
	return fields
}
