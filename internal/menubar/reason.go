package menubar

import (
	"time"

	"vpnstatus/internal/autoconnect"
)

// reasonWords is the one place that turns a reason into words.
func reasonWords(r autoconnect.Reason, now time.Time, loc *time.Location) string {
	if r.Key == "" {
		return ""
	}
	if w, ok := any(r).(interface {
		Words(time.Time, *time.Location) string
	}); ok {
		return w.Words(now, loc)
	}
	return string(r.Key)
}
