package api

import (
	"strings"
	"testing"

	"qingshan/fault"
	"qingshan/internal/httpx"
)

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

func TestReadDelivery(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for body, want := range map[string]string{
		`{"book":"220323102","records":[{},7]}`:                                                         "",
		`{"book":"220323102","sent":"2025-06-03T10:00:00+08:00","catalog":"` + hash + `","records":[]}`: "",
		`{"book":"220323102"}`:                                                           "",
		`{"records":[]}`:                                                                 "submission.bad_book",
		`{"book":"Town 1","records":[]}`:                                                 "submission.bad_book",
		`{"book":null,"records":[]}`:                                                     "submission.bad_book",
		`{"book":7,"records":[]}`:                                                        "submission.bad_book",
		`{"book":"220323102","sent":"2025-06-03","records":[]}`:                          "submission.bad_sent",
		`{"book":"220323102","sent":1748916000,"records":[]}`:                            "submission.bad_sent",
		`{"book":"220323102","sent":"9999-06-03T10:00:00Z"}`:                             "submission.bad_sent",
		`{"book":"220323102","catalog":"latest","records":[]}`:                           "submission.bad_catalog",
		`{"book":"220323102","catalog":"` + strings.Repeat("00", 32) + `","records":[]}`: "submission.bad_catalog",
		`{"book":"220323102","records":{}}`:                                              "submission.bad_records",
		`{"book":"220323102","records":"x"}`:                                             "submission.bad_records",
		`{"book":"220323102","recrods":[]}`:                                              "submission.unknown_key",
		`{"book":"220323102","Records":[]}`:                                              "submission.unknown_key",
		`{"book":"220323102","book":"220323"}`:                                           "body.duplicate_key",
		`{"book":"220323102","records":[{"a":1,"a":2}]}`:                                 "body.duplicate_key",
		`[]`:   "body.not_an_object",
		`{`:    "body.malformed",
		``:     "body.malformed",
		"\x00": "body.malformed",
	} {
		v, err := httpx.ParseJSON([]byte(body), limits())
		if err == nil {
			_, err = readDelivery(v)
		}
		if got := codeOf(err); got != want {
			t.Errorf("%s\n got %q\nwant %q", body, got, want)
		}
	}
}

// FuzzSubmission holds that any body is read or refused as invalid, and that what is read names a book.
func FuzzSubmission(f *testing.F) {
	for _, seed := range []string{
		`{"book":"220323102","records":[{"id":"01973f6e-2f00-7000-8000-000000000001","kind":"waste.load","observed":"2025-06-03"}]}`,
		`{"book":"220323102","sent":"2025-06-03T10:00:00+08:00","records":[]}`,
		`{"book":"220323102","catalog":"00","records":[]}`,
		`{"book":{"book":"220323102"}}`,
		`{"records":[[[[]]]]}`,
		`{"sent":"\ud83d\ude00"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := httpx.ParseJSON(body, limits())
		if err == nil {
			d, bad := readDelivery(v)
			if bad == nil && d.Book == "" {
				t.Fatalf("%q: read without a book", body)
			}
			err = bad
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%q: got %v, want an invalid fault", body, err)
		}
	})
}
