package settings

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"vpnstatus/internal/autoconnect"
	"vpnstatus/internal/facts"
	"vpnstatus/internal/plaintext"
	"vpnstatus/internal/vpn"
)

func checkRules(s *Settings) error {
	for i, r := range s.Rules {
		for _, list := range [][]string{{r.Name, r.Time}, r.Services, r.SSID, r.BSSID, r.GatewayMAC, r.Subnet, r.DNSDomain, r.DNSServer, r.Days} {
			for _, text := range list {
				if !utf8.ValidString(text) {
					return &autoconnect.RuleError{Index: i, Name: strings.ToValidUTF8(r.Name, "�"), Field: "text", Err: fmt.Errorf("%q is not valid UTF-8", text)}
				}
			}
		}
	}
	if errs := autoconnect.ValidateRules(s.Rules); len(errs) > 0 {
		return errs[0]
	}
	return nil
}

func checkTrusted(s *Settings) error {
	for i, n := range s.Trusted {
		if n.SSID == "" && n.GatewayMAC == "" {
			return &elementError{i, errors.New("neither ssid nor gatewayMAC is given, so it would fit every network")}
		}
		if n.GatewayMAC != "" {
			if _, err := facts.ParseMAC(n.GatewayMAC); err != nil {
				return &elementError{i, fmt.Errorf("gatewayMAC: %w", err)}
			}
		}
		if !utf8.ValidString(n.Name) {
			return &elementError{i, fmt.Errorf("name: %q is not valid UTF-8", n.Name)}
		}
	}
	return nil
}

// networkForm is a trusted network as the file has it. The name of a Wi-Fi may be
// any bytes, which JSON texts can't hold; such a name is written in hexadecimal.
type networkForm struct {
	SSID       string `json:"ssid,omitempty"`
	SSIDHex    string `json:"ssidHex,omitempty"`
	GatewayMAC string `json:"gatewayMAC,omitempty"`
	Name       string `json:"name,omitempty"`
}

// MarshalJSON writes an SSID that is not UTF-8 as ssidHex.
func (t TrustedNetwork) MarshalJSON() ([]byte, error) {
	f := networkForm{SSID: t.SSID, GatewayMAC: t.GatewayMAC, Name: t.Name}
	if !utf8.ValidString(t.SSID) {
		f.SSID, f.SSIDHex = "", hex.EncodeToString([]byte(t.SSID))
	}
	return marshal(f)
}

// UnmarshalJSON is the inverse of MarshalJSON; unknown fields are an error.
func (t *TrustedNetwork) UnmarshalJSON(raw []byte) error {
	var f networkForm
	if err := decodeStrict(raw, reflect.ValueOf(&f).Elem()); err != nil {
		return err
	}
	if f.SSIDHex != "" {
		ssid, err := hex.DecodeString(f.SSIDHex)
		if err != nil || f.SSID != "" {
			return fmt.Errorf("ssidHex: %q is not hexadecimal, or ssid is given too", f.SSIDHex)
		}
		f.SSID = string(ssid)
	}
	if mac, err := facts.ParseMAC(f.GatewayMAC); err == nil {
		f.GatewayMAC = mac // the check reports an invalid address
	}
	*t = TrustedNetwork{SSID: f.SSID, GatewayMAC: f.GatewayMAC, Name: f.Name}
	return nil
}

func checkGroups(s *Settings) error {
	names := map[string]bool{}
	owner := map[vpn.ID]string{}
	for i, g := range s.Groups {
		if g.Name == "" || !utf8.ValidString(g.Name) {
			return &elementError{i, errors.New("it needs a name")}
		}
		if names[g.Name] {
			return &elementError{i, fmt.Errorf("a group called %q is listed twice", g.Name)}
		}
		names[g.Name] = true
		for _, id := range g.Members {
			switch other, taken := owner[id]; {
			case taken && other == g.Name:
				return &elementError{i, fmt.Errorf("%q: service %s is listed twice", g.Name, id)}
			case taken:
				return &elementError{i, fmt.Errorf("%q: service %s is already in %q", g.Name, id, other)}
			}
			owner[id] = g.Name
		}
	}
	return nil
}

// Range of a probe's interval: more often than every 5 s is useless load, less
// often than daily notices nothing in time.
const (
	minProbeInterval = 5 * time.Second
	maxProbeInterval = 24 * time.Hour
)

func checkProbes(s *Settings) error {
	for id, p := range s.Probes {
		if err := checkProbe(p); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

// checkTarget returns an error that can be logged and shown to others: it never
// contains a password.
func checkTarget(target string) error {
	err := autoconnect.ValidateTarget(target)
	if err == nil && !utf8.ValidString(target) {
		err = fmt.Errorf("%q is not valid UTF-8", target)
	}
	if err != nil && strings.Contains(target, "@") {
		return errors.New("a test address with a user name or password must be a valid http or https URL")
	}
	return err
}

func checkProbe(p autoconnect.Probe) error {
	if err := checkTarget(p.Target); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if p.Status != 0 && (p.Status < 100 || p.Status > 599) {
		return fmt.Errorf("status: %d is out of range 100–599 (HTTP status; 0: any below 400)", p.Status)
	}
	if p.Interval != 0 && (p.Interval < minProbeInterval || p.Interval > maxProbeInterval) {
		return fmt.Errorf("interval: %s is out of range 5s–24h", p.Interval)
	}
	return nil
}

// probeForms are probes as the file has them: the interval as a text such as
// "60s", because a bare count of nanoseconds invites mistakes.
type probeForms map[vpn.ID]autoconnect.Probe

type probeForm struct {
	Target   string   `json:"target"`
	Status   int      `json:"status,omitempty"`
	Interval duration `json:"interval,omitzero"`
}

// MarshalJSON writes the form of the file.
func (p probeForms) MarshalJSON() ([]byte, error) {
	forms := make(map[vpn.ID]probeForm, len(p))
	for id, v := range p {
		forms[id] = probeForm{v.Target, v.Status, duration(v.Interval)}
	}
	return marshal(forms)
}

// UnmarshalJSON is the inverse of MarshalJSON; unknown fields are an error.
func (p *probeForms) UnmarshalJSON(raw []byte) error {
	var forms map[vpn.ID]probeForm
	if err := decodeStrict(raw, reflect.ValueOf(&forms).Elem()); err != nil {
		return err
	}
	*p = make(probeForms, len(forms))
	for id, f := range forms {
		(*p)[id] = autoconnect.Probe{Target: f.Target, Status: f.Status, Interval: time.Duration(f.Interval)}
	}
	return nil
}

// duration is written as "1m30s" and read from that or from a number of seconds.
type duration time.Duration

// MarshalJSON writes a text.
func (d duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads a text or a number of seconds.
func (d *duration) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	v, err := lengthOfTime(text)
	*d = duration(v)
	return err
}

// lengthOfTime reads what plaintext.Duration reads; a bare number is seconds.
func lengthOfTime(text string) (time.Duration, error) { return plaintext.DurationIn(text, time.Second) }

func checkHidden(s *Settings) error {
	for i, h := range s.Hidden {
		if h == "" || !utf8.ValidString(h) {
			return &elementError{i, fmt.Errorf("%q is neither an ID nor a name", h)}
		}
	}
	return nil
}

var notices = []autoconnect.Notice{
	autoconnect.NoticeDropped, autoconnect.NoticeReconnected, autoconnect.NoticeGaveUp,
	autoconnect.NoticeNeedsUser, autoconnect.NoticeRule, autoconnect.NoticeHeld,
}

func noticeNames() []string {
	names := make([]string, len(notices))
	for i, n := range notices {
		names[i] = string(n)
	}
	return names
}

// checkNotifications accepts names of later versions too, so that both
// versions can use the same file.
func checkNotifications(s *Settings) error {
	for n := range s.Notifications {
		if n == "" || !utf8.ValidString(string(n)) {
			return fmt.Errorf("%q is not the name of an event", n)
		}
	}
	return nil
}
