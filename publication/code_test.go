package publication_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"qingshan/fault"
	"qingshan/publication"
	"qingshan/record"
)

// codes are every size of book and sequence that there is: counties, towns, slugs, and sequences of one to ten digits.
func codes() []publication.Code {
	list := []publication.Code{}
	r := rand.New(rand.NewPCG(1, 1))
	for _, book := range []record.Book{"220323", "220323102", "220323001", "999999999", "yitong-2"} {
		for seq := range int64(300) {
			list = append(list, publication.Code{Book: book, Seq: seq})
		}
		for range 200 {
			list = append(list, publication.Code{Book: book, Seq: r.Int64N(1 << 33)})
		}
	}
	return list
}

func TestCodesReadBack(t *testing.T) {
	for _, code := range codes() {
		got, err := publication.ParseCode(code.String())
		if err != nil || got != code {
			t.Fatalf("%s reads as %v, %v", code, got, err)
		}
	}
}

// TestMistypedCodes goes through every wrong digit at every place, and every exchange of two neighbouring digits.
func TestMistypedCodes(t *testing.T) {
	tried := 0
	refused := func(right, wrong string) {
		tried++
		if got, err := publication.ParseCode(wrong); err == nil {
			t.Errorf("%s mistyped as %s reads as %s", right, wrong, got)
		}
	}
	for _, code := range codes() {
		text := code.String()
		for i := range len(text) {
			if !digit(text[i]) {
				continue
			}
			for wrong := byte('0'); wrong <= '9'; wrong++ {
				if wrong != text[i] {
					refused(text, text[:i]+string(wrong)+text[i+1:])
				}
			}
			if i+1 < len(text) && digit(text[i+1]) && text[i] != text[i+1] {
				refused(text, text[:i]+string(text[i+1])+string(text[i])+text[i+2:])
			}
		}
	}
	if tried < 200_000 {
		t.Errorf("only %d mistyped codes were tried", tried)
	}
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func TestCodesThatAreNone(t *testing.T) {
	good := publication.Code{Book: "220323102", Seq: 12}.String()
	for text, want := range map[string]string{
		"": "publication.bad_code", "220323102": "publication.bad_code", "220323102-12": "publication.bad_code",
		"220323102-012-4": "publication.bad_code", "220323102--4": "publication.bad_code", "-12-4": "publication.bad_code",
		strings.ToUpper("yitong") + "-12-4": "publication.bad_code", good + "0": "publication.mistyped", good[:len(good)-1]: "publication.mistyped",
		"220323102-99999999999999999999-1": "publication.bad_code", " " + good: "publication.bad_code",
	} {
		if _, err := publication.ParseCode(text); fault.Of(err).Code != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// TestCheckDigitsAreForEver holds some codes to what was printed once.
func TestCheckDigitsAreForEver(t *testing.T) {
	for code, want := range map[publication.Code]string{
		{Book: "220323102", Seq: 0}:       "220323102-0-0",
		{Book: "220323102", Seq: 1289}:    "220323102-1289-5",
		{Book: "220323", Seq: 7}:          "220323-7-4",
		{Book: "yitong-2", Seq: 10000000}: "yitong-2-10000000-4",
	} {
		if got := code.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
