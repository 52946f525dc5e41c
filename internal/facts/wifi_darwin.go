package facts

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ebitengine/purego/objc"
	"golang.org/x/sys/unix"

	"vpnstatus/internal/cocoa"
)

const (
	wifiFeature     = "Wi-Fi name"
	locationFeature = "Location right"
)

func init() {
	cocoa.Prefer(cocoa.Framework, wifiFeature, "CoreWLAN")
	cocoa.Prefer(cocoa.Class, wifiFeature, "CWWiFiClient", "CWInterface")
	cocoa.Prefer(cocoa.Method, wifiFeature, "+[CWWiFiClient sharedWiFiClient]", "-[CWWiFiClient interface]",
		"-[CWInterface powerOn]", "-[CWInterface ssid]", "-[CWInterface bssid]")
	cocoa.Prefer(cocoa.Framework, locationFeature, "CoreLocation")
	cocoa.Prefer(cocoa.Class, locationFeature, "CLLocationManager")
	cocoa.Prefer(cocoa.Method, locationFeature, "-[CLLocationManager authorizationStatus]", "-[CLLocationManager requestWhenInUseAuthorization]")
}

// watchWiFi makes the client, whose first use must be on the main thread. The
// dynamic store reports changes.
func (s *system) watchWiFi() error {
	err := cocoa.Load("CoreWLAN")
	if err != nil {
		return err
	}
	class, err := cocoa.ClassNamed("CWWiFiClient")
	if err != nil {
		return err
	}
	client := cocoa.Ask(class, "sharedWiFiClient")
	if client == 0 {
		return errors.New("the system gave no Wi-Fi client")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.client = client.Send(cocoa.Sel("retain"))
		s.wifiPoll.trigger()
	}
	return nil
}

// pollWiFi reads name and access point, on wifiQueue.
func (s *system) pollWiFi() {
	s.mu.Lock()
	client := s.client
	s.mu.Unlock()
	if client == 0 {
		return
	}
	w := &observedWiFi{}
	if i := cocoa.Ask(client, "interface"); i != 0 {
		on, known := cocoa.AskBool(i, "powerOn")
		w.on = on || !known
		w.ssid, _ = cocoa.Text(cocoa.Ask(i, "ssid"))
		w.bssid, _ = cocoa.Text(cocoa.Ask(i, "bssid"))
	}
	s.observe(func(x *observations) { x.wifi = w })
}

// location has the objects needed for the Location right. It belongs to the
// main thread; the system's lock guards the fields.
type location struct {
	manager objc.ID // CLLocationManager
	asked   time.Time
}

// watchLocation reads the right, which doesn't prompt, and subscribes to it.
// Main thread.
func (s *system) watchLocation() error {
	err := cocoa.Load("CoreLocation")
	if err != nil {
		return err
	}
	class, err := cocoa.ClassNamed("CLLocationManager")
	if err != nil {
		return err
	}
	d, err := locationDelegate()
	if err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	manager := class.Send(cocoa.Sel("new"))
	s.location.manager = manager
	s.mu.Unlock()
	manager.Send(cocoa.Sel("setDelegate:"), d)
	s.readRight()
	return nil
}

// end releases the manager. Main thread.
func (l location) end() {
	if l.manager == 0 {
		return
	}
	l.manager.Send(cocoa.Sel("setDelegate:"), objc.ID(0))
	l.manager.Send(cocoa.Sel("release"))
}

// locationDelegate receives decisions about the right. It is made once. The two
// methods about locations must exist when updates are started.
var locationDelegate = sync.OnceValues(func() (objc.ID, error) {
	decided := func() {
		if s := newest.Load(); s != nil {
			s.readRight()
			s.refresh()
		}
	}
	class, err := objc.RegisterClass("VPNStatusLocationDelegate", objc.GetClass("NSObject"), nil, nil, []objc.MethodDef{
		{Cmd: cocoa.Sel("locationManagerDidChangeAuthorization:"), Fn: func(_ objc.ID, _ objc.SEL, manager objc.ID) {
			defer cocoa.Guard("Location right")
			decided()
		}},
		{Cmd: cocoa.Sel("locationManager:didUpdateLocations:"), Fn: func(_ objc.ID, _ objc.SEL, manager, _ objc.ID) {
			defer cocoa.Guard("location")
			manager.Send(cocoa.Sel("stopUpdatingLocation"))
		}},
		{Cmd: cocoa.Sel("locationManager:didFailWithError:"), Fn: func(_ objc.ID, _ objc.SEL, manager, _ objc.ID) {
			defer cocoa.Guard("location")
			manager.Send(cocoa.Sel("stopUpdatingLocation"))
		}},
	})
	if err != nil {
		return 0, err
	}
	return objc.ID(class).Send(cocoa.Sel("new")), nil
})

// osMajor is the version of macOS, 0 if unknown.
var osMajor = sync.OnceValue(func() int {
	version, err := unix.Sysctl("kern.osproductversion")
	if err != nil {
		return 0
	}
	major, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(major) // 0 otherwise
	return n
})

// readRight reads the Location right. Main thread.
func (s *system) readRight() {
	s.mu.Lock()
	manager := s.location.manager
	s.mu.Unlock()
	status, known := cocoa.AskInt(manager, "authorizationStatus")
	if !known {
		return
	}
	right := rightOf(status, osMajor())
	s.observe(func(x *observations) { x.right = right })
	if right != RightNotAsked && cocoa.RespondsTo(manager, "stopUpdatingLocation") {
		manager.Send(cocoa.Sel("stopUpdatingLocation")) // updates were started only for the prompt
	}
}

const (
	// askAgain: a prompt that has not appeared by then never will.
	askAgain = 10 * time.Second
	// askHarder: some systems show the prompt only for an app that asks for
	// the location itself.
	askHarder = 2 * time.Second
)

// RequestLocation implements LocationAsker.
func (s *system) RequestLocation() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	l := &s.location
	if s.closed || l.manager == 0 || s.observed.right != RightNotAsked || !l.asked.IsZero() && now.Sub(l.asked) > askAgain || !mayAsk() {
		return false
	}
	if l.asked.IsZero() {
		l.asked = now
	}
	s.withManager(func(manager objc.ID) {
		if class, err := cocoa.ClassNamed("NSApplication"); err == nil {
			// The prompt of an app without windows would open behind other
			// windows.
			class.Send(cocoa.Sel("sharedApplication")).Send(cocoa.Sel("activateIgnoringOtherApps:"), true)
		}
		if cocoa.RespondsTo(manager, "requestWhenInUseAuthorization") {
			manager.Send(cocoa.Sel("requestWhenInUseAuthorization"))
		}
	})
	time.AfterFunc(askHarder, func() {
		s.withManager(func(manager objc.ID) {
			s.mu.Lock()
			waits := s.observed.right == RightNotAsked
			s.mu.Unlock()
			if waits && cocoa.RespondsTo(manager, "startUpdatingLocation") {
				manager.Send(cocoa.Sel("startUpdatingLocation"))
			}
		})
	})
	return true
}

// withManager calls f on the main thread while there is a manager.
func (s *system) withManager(f func(objc.ID)) {
	s.warn("the Location right is not asked for", cocoa.OnMain(func() {
		s.mu.Lock()
		manager := s.location.manager
		s.mu.Unlock()
		if manager != 0 {
			cocoa.Pool(func() { f(manager) })
		}
	}))
}

// mayAsk reports whether this program declares why it asks. The system ignores
// programs that don't, such as one outside an app bundle.
func mayAsk() (says bool) {
	cocoa.Pool(func() {
		class, err := cocoa.ClassNamed("NSBundle")
		if err != nil {
			return
		}
		info := cocoa.Ask(cocoa.Ask(class, "mainBundle"), "infoDictionary")
		_, says = cocoa.Text(cocoa.Value(info, "NSLocationWhenInUseUsageDescription"))
	})
	return says
}
