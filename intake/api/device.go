package api

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"qingshan/access"
	"qingshan/fault"
	"qingshan/intake"
	"qingshan/internal/httpx"
	"qingshan/record"
)

// later is when a device comes again that finds no room: people have to make some first.
const later = "3600"

// devices is the door of those who cannot mend what they sent.
type devices struct {
	door
	ward *intake.Ward
}

// DeviceRoutes gives the table of the devices' door.
func DeviceRoutes(ward *intake.Ward, sentences httpx.Sentences) []httpx.Route {
	d := &devices{door: door{sentences: sentences}, ward: ward}
	take := httpx.Route{
		Method:  http.MethodPost,
		Path:    "/api/v1/device/records",
		Right:   string(access.DeviceRecords),
		Handler: d.take,
		MaxBody: MaxBody,
		Timeout: time.Minute,
		ZH:      "设备交来记录：能收的入账，不能收的原样隔离待处理，设备都可清空队列",
		EN:      "Take what a device has queued: what cannot be accepted is kept as it came, and the device may empty its queue",
	}
	return []httpx.Route{
		take.Under("records").Gives(httpx.Answer{Body: deviceAnswer{}}).
			Refuses("403 token.person_gone", "503 quarantine.token_full quarantine.book_full followers.behind register.adoption_ahead ledger.closed"),
	}
}

// deviceAnswer is the body of a reply to a device.
type deviceAnswer struct {
	Results []landed `json:"results" jsonschema:"one for each record, in order; a single one for a body that cannot be read as records"`
}

// landed tells a device what became of one record; whatever it is, the device need not keep its copy.
type landed struct {
	result
	Quarantine string `json:"quarantine,omitempty" jsonschema:"the item that it is kept as, if its outcome is quarantined"`
}

// take reads bytes, whatever they are: a queue that cannot mend anything must not be stopped by its first bad record.
func (d *devices) take(w http.ResponseWriter, r *http.Request) error {
	body, err := httpx.ReadBody(r)
	if err != nil {
		return err
	}
	landings, err := d.ward.Take(r.Context(), access.ActorOf(r), body)
	if err != nil {
		if slices.Contains([]string{"quarantine.token_full", "quarantine.book_full"}, fault.Of(err).Code) {
			w.Header().Set("Retry-After", later)
		}
		return err
	}
	aside := 0
	for _, l := range landings {
		if l.Item != "" {
			aside++
		}
	}
	httpx.Note(r.Context(), slog.Int("records", len(landings)), slog.Int("quarantined", aside))
	return httpx.WriteJSON(w, deviceAnswer{Results: d.landed(httpx.Language(r), landings)})
}

func (d *door) landed(language string, landings []intake.Landing) []landed {
	out := make([]landed, len(landings))
	for i, l := range landings {
		out[i] = landed{result: d.result(language, l.Receipt), Quarantine: l.Item}
	}
	return out
}

// ReadBody reads a whole body as the devices' door does.
func ReadBody(body []byte) (intake.Delivery, error) {
	v, err := httpx.ParseJSON(body, limits())
	if err != nil {
		return intake.Delivery{}, err
	}
	d, err := readDelivery(v)
	d.Channel = record.ChannelDevice
	return d, err
}
