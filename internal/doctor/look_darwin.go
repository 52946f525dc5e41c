package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/ebitengine/purego/objc"
	"golang.org/x/sys/unix"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/neconfig"
	"vpnstatus/internal/nesession"
)

const featureReport = "Report"

func init() {
	cocoa.Prefer(cocoa.Framework, featureReport, "CoreLocation", "Security", "ServiceManagement")
	cocoa.Prefer(cocoa.Class, featureReport, "CLLocationManager", "SMAppService", "NSBundle")
	cocoa.Prefer(cocoa.Symbol, featureReport, "SecCodeCopySelf", "SecCodeCopySigningInformation", "CFRelease",
		"kSecCodeInfoIdentifier", "kSecCodeInfoTeamIdentifier", "kSecCodeInfoFlags", "kSecCodeInfoEntitlementsDict")
}

func look(ctx context.Context, r *Report) {
	r.System = system()
	r.Parts, _ = within(ctx, "parts", cocoa.Presences)
	ask := func(what string, f func()) string {
		_, err := within(ctx, what, func() struct{} { cocoa.Pool(f); return struct{}{} })
		if err != nil {
			return err.Error()
		}
		return ""
	}
	// Each part fills a variable of its own, which is read only if it came to
	// an end.
	var b Bundle
	if ask("bundle", func() { b = bundle() }) == "" {
		r.Bundle = b
	}
	var s Signature
	if p := ask("signature", func() { s = signature() }); p != "" {
		r.Signature.Problem = p
	} else {
		r.Signature = s
	}
	var d Daemon
	if p := ask("session manager", func() { d = daemon() }); p != "" {
		r.Daemon.Problem = p
	} else {
		r.Daemon = d
	}
	var location, login Answer
	if ask("location", func() { location = locationRight() }) == "" {
		r.Location = location
	}
	inBundle := r.Bundle.ID != ""
	if ask("login item", func() { login = loginItem(inBundle) }) == "" {
		r.Login = login
	}
	r.List = list(ctx)
}

func system() System {
	s := System{Name: "macOS"}
	// What sysctl doesn't tell stays empty.
	s.Version, _ = unix.Sysctl("kern.osproductversion")
	s.Build, _ = unix.Sysctl("kern.osversion")
	s.Model, _ = unix.Sysctl("hw.model")
	translated, err := unix.SysctlUint32("sysctl.proc_translated")
	s.Translated = err == nil && translated == 1
	return s
}

func bundle() Bundle {
	class, err := cocoa.ClassNamed("NSBundle")
	if err != nil {
		return Bundle{}
	}
	main := cocoa.Ask(class, "mainBundle")
	var b Bundle
	b.ID, _ = cocoa.Text(cocoa.Ask(main, "bundleIdentifier"))
	b.Path, _ = cocoa.Text(cocoa.Ask(main, "bundlePath"))
	b.Version, _ = cocoa.Text(cocoa.Value(cocoa.Ask(main, "infoDictionary"), "CFBundleShortVersionString"))
	b.Translocated = strings.Contains(b.Path, "/AppTranslocation/")
	return b
}

// signature asks the public Security framework about the running program.
func signature() Signature {
	var (
		copySelf        func(flags uint32, code *uintptr) int32
		copyInformation func(code uintptr, flags uint32, information *objc.ID) int32
		release         func(uintptr)
	)
	if err := cocoa.Load("Security"); err != nil {
		return Signature{Problem: err.Error()}
	}
	for name, fn := range map[string]any{"SecCodeCopySelf": &copySelf, "SecCodeCopySigningInformation": &copyInformation, "CFRelease": &release} {
		if err := cocoa.Bind(fn, name); err != nil {
			return Signature{Problem: err.Error()}
		}
	}
	const signingInformation = 1 << 1 // kSecCSSigningInformation
	var code uintptr
	if n := copySelf(0, &code); n != 0 || code == 0 {
		return Signature{Problem: "the program is not signed"}
	}
	defer release(code)
	var information objc.ID
	if n := copyInformation(code, signingInformation, &information); n != 0 || information == 0 {
		return Signature{Problem: "the program is not signed"}
	}
	defer release(uintptr(information))
	value := func(symbol string) objc.ID {
		key, err := cocoa.Constant(symbol)
		if err != nil {
			return 0
		}
		return cocoa.ValueOf(information, key)
	}
	var s Signature
	s.Identifier, _ = cocoa.Text(value("kSecCodeInfoIdentifier"))
	s.Team, _ = cocoa.Text(value("kSecCodeInfoTeamIdentifier"))
	flags, _ := cocoa.Int(value("kSecCodeInfoFlags"))
	s.setFlags(flags)
	entitlements := value("kSecCodeInfoEntitlementsDict")
	for _, name := range cocoa.Texts(cocoa.Ask(entitlements, "allKeys")) {
		if n, isNumber := cocoa.Int(cocoa.Value(entitlements, name)); !isNumber || n != 0 {
			s.Entitlements = append(s.Entitlements, name)
		}
	}
	slices.Sort(s.Entitlements)
	return s
}

func daemon() Daemon {
	var d Daemon
	api, err := nesession.System()
	if err == nil {
		d.Running, d.PID, err = api.Daemon()
	}
	if err != nil {
		d.Problem = err.Error()
		return d
	}
	d.Statuses, d.Reasons, _ = nesession.SystemNames() // only words
	return d
}

// locationRight asks the class, not a manager: that neither prompts nor needs a
// run loop. A command has the right of the terminal it runs in.
func locationRight() Answer {
	if err := cocoa.Load("CoreLocation"); err != nil {
		return Answer{State: err.Error()}
	}
	class, err := cocoa.ClassNamed("CLLocationManager")
	if err != nil {
		return Answer{State: err.Error()}
	}
	status, told := cocoa.AskInt(class, "authorizationStatus")
	if !told {
		return Answer{State: "not told"}
	}
	return locationAnswer(status)
}

func loginItem(inBundle bool) Answer {
	if !inBundle {
		return Answer{State: "not known to a command that is not in the app"}
	}
	if err := cocoa.Load("ServiceManagement"); err != nil {
		return Answer{State: err.Error()}
	}
	class, err := cocoa.ClassNamed("SMAppService")
	if err != nil {
		return Answer{State: "needs macOS 13"}
	}
	status, told := cocoa.AskInt(cocoa.Ask(class, "mainAppService"), "status")
	if !told {
		return Answer{State: "not told"}
	}
	return loginAnswer(status)
}

func list(ctx context.Context) List {
	type answer struct {
		records []neconfig.Record
		err     error
	}
	got := make(chan answer, 1)
	m, err := within(ctx, "VPN list", func() neconfig.Manager {
		m, err := neconfig.System()
		if err == nil {
			err = m.Load(func(records []neconfig.Record, err error) { got <- answer{records, err} })
		}
		if err != nil {
			got <- answer{nil, err}
		}
		return m
	})
	if err != nil {
		return List{Problem: err.Error()}
	}
	if m != nil {
		defer m.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case a := <-got:
		if a.err != nil {
			return List{Problem: a.err.Error()}
		}
		return listOf(neconfig.Entries(a.records))
	case <-ctx.Done():
		return List{Problem: "loading the VPN configurations: no answer from the system"}
	}
}
