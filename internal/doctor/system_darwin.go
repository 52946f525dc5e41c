package doctor

import (
	"context"
	"errors"
	"slices"

	"github.com/ebitengine/purego/objc"
	"golang.org/x/sys/unix"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/macos"
	"vpnstatus/internal/neconfig"
	"vpnstatus/internal/nesession"
)

const featureReport = "Report"

func init() {
	cocoa.Prefer(cocoa.Framework, featureReport, "Security")
	cocoa.Prefer(cocoa.Symbol, featureReport, new(securityFramework).functions().Names()...)
	cocoa.Prefer(cocoa.Symbol, featureReport,
		"kSecCodeInfoIdentifier", "kSecCodeInfoTeamIdentifier", "kSecCodeInfoFlags", "kSecCodeInfoEntitlementsDict")
}

// System returns checks of macOS and of what it says about this program. Each
// part takes up to ten seconds, less when ctx ends.
func System(ctx context.Context) []Check {
	var out []Check
	for _, part := range []struct {
		name  string
		check func(context.Context) []Check
	}{
		{"system", system}, {"bundle", app}, {"signature", signatureChecks}, {"daemon", daemon}, {"login", login}, {"parts", presences}, {"configurations", list},
	} {
		out = append(out, within(ctx, part.name, part.check)...)
	}
	return out
}

// Command returns checks of how this program was started, for a report that is
// the running app's own: none if nothing is wrong.
func Command() []Check {
	if linked, ok := macos.LinkedBundle(); ok {
		return []Check{bundle{linked: linked}.check()}
	}
	return nil
}

func system(context.Context) []Check {
	text := "macOS"
	for _, key := range []string{"kern.osproductversion", "kern.osversion", "hw.model"} {
		if v, err := unix.Sysctl(key); err == nil {
			text += " " + v
		}
	}
	if n, err := unix.SysctlUint32("sysctl.proc_translated"); err == nil && n == 1 {
		text += ", translated by Rosetta"
	}
	return []Check{OK("system", "%s", text)}
}

func app(context.Context) []Check {
	var b bundle
	b.path, _ = macos.Bundle()
	b.linked, _ = macos.LinkedBundle()
	return []Check{b.check()}
}

func login(context.Context) []Check {
	agent, _ := macos.LoginAgent()
	status, err := macos.Login()
	return []Check{loginCheck(status, err, agent)}
}

func presences(context.Context) []Check { return parts(cocoa.Presences()) }

// securityFramework is the public C interface of Security.
type securityFramework struct {
	copySelf        func(flags uint32, code *uintptr) int32
	copyInformation func(code uintptr, flags uint32, information *objc.ID) int32
	release         func(uintptr)
}

func (f *securityFramework) functions() cocoa.Functions {
	return cocoa.Functions{"SecCodeCopySelf": &f.copySelf, "SecCodeCopySigningInformation": &f.copyInformation, "CFRelease": &f.release}
}

// signatureChecks asks about the running program.
func signatureChecks(context.Context) (checks []Check) {
	cocoa.Pool(func() { checks = readSignature() })
	return checks
}

func readSignature() []Check {
	var f securityFramework
	if err := errors.Join(cocoa.Load("Security"), f.functions().Bind()); err != nil {
		return []Check{Bad("signature", "%v", err)}
	}
	const signingInformation = 1 << 1 // kSecCSSigningInformation
	var code uintptr
	if n := f.copySelf(0, &code); n != 0 || code == 0 {
		return []Check{OK("signature", "the program is not signed")}
	}
	defer f.release(code)
	var information objc.ID
	if n := f.copyInformation(code, signingInformation, &information); n != 0 || information == 0 {
		return []Check{OK("signature", "the program is not signed")}
	}
	defer f.release(uintptr(information))
	value := func(symbol string) objc.ID {
		key, err := cocoa.Constant(symbol)
		if err != nil {
			return 0
		}
		return cocoa.ValueOf(information, key)
	}
	var s signature
	s.identifier, _ = cocoa.Text(value("kSecCodeInfoIdentifier"))
	s.team, _ = cocoa.Text(value("kSecCodeInfoTeamIdentifier"))
	s.flags, _ = cocoa.Int(value("kSecCodeInfoFlags"))
	entitlements := value("kSecCodeInfoEntitlementsDict")
	for _, name := range cocoa.Texts(cocoa.Ask(entitlements, "allKeys")) {
		if n, isNumber := cocoa.Int(cocoa.Value(entitlements, name)); !isNumber || n != 0 {
			s.entitlements = append(s.entitlements, name)
		}
	}
	slices.Sort(s.entitlements)
	return s.checks()
}

func daemon(context.Context) []Check {
	d, err := nesession.AskDaemon()
	if err != nil {
		return []Check{Bad("daemon", "%v", err)}
	}
	return []Check{daemonCheck(d)}
}

func list(ctx context.Context) []Check {
	type answer struct {
		records []neconfig.Record
		err     error
	}
	got := make(chan answer, 1)
	m, err := neconfig.System()
	if err == nil {
		defer m.Close()
		err = m.Load(func(records []neconfig.Record, err error) { got <- answer{records, err} })
	}
	if err != nil {
		return []Check{Bad("configurations", "%v", err)}
	}
	select {
	case a := <-got:
		if a.err != nil {
			return []Check{Bad("configurations", "%v", a.err)}
		}
		return configurations(neconfig.Entries(a.records))
	case <-ctx.Done():
		return []Check{Bad("configurations", "loading the VPN configurations: no answer from the system")}
	}
}
