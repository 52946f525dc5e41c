package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"vpnstatus/internal/simulator"
	"vpnstatus/internal/vpn"
)

const (
	dis     = vpn.Disconnected
	conning = vpn.Connecting
	conn    = vpn.Connected
	rea     = vpn.Reasserting
	dising  = vpn.Disconnecting
)

func TestFirstStatusIsTrue(t *testing.T) {
	run(t, one(up(plain("A", vpn.IKEv2))), func(b *bench) {
		b.open("A")
		b.status("A", conn)
		b.pass(time.Second)
		b.wantEvents("A")
	})
}

func TestUnknownIDIsInvalid(t *testing.T) {
	run(t, one(plain("A", vpn.IKEv2)), func(b *bench) {
		x, err := b.sim.Open(uuid.UUID{9})
		b.do(err)
		b.sessions["?"] = x
		b.status("?", vpn.Invalid)
		b.do(x.Start(ctx, vpn.Options{}))
		b.pass(time.Second)
		b.status("?", vpn.Invalid)
		if i := b.info("?"); i.Details != nil {
			t.Errorf("info %+v", i)
		}
	})
}

func TestStartAndStop(t *testing.T) {
	run(t, one(plain("A", vpn.IKEv2)), func(b *bench) {
		x := b.opened("A")
		b.do(x.Start(ctx, vpn.Options{}))
		b.status("A", conning)
		b.pass(ms(999))
		b.wantEvents("A", conning)
		b.pass(ms(1))
		b.wantEvents("A", conn)
		b.do(x.Stop(ctx))
		b.status("A", dising)
		b.pass(ms(300))
		b.wantEvents("A", dising, dis)
		b.vpnCause("A", vpn.StopUser)
	})
}

func TestAPasswordThatCantBePassedIsAnError(t *testing.T) {
	run(t, one(plain("A", vpn.IKEv2)), func(b *bench) {
		x := b.opened("A")
		if err := x.Start(ctx, vpn.Options{Password: "a\x00b"}); err == nil || !strings.Contains(err.Error(), "NUL") {
			t.Errorf("got %v", err)
		}
		b.pass(time.Second)
		b.wantEvents("A")
		if got := b.starts(); len(got) != 0 {
			t.Errorf("starts %q", got)
		}
	})
}

func TestStartInAnyOtherStatusIsIgnoredAndCorrected(t *testing.T) {
	for _, c := range []struct {
		name string
		in   func(b *bench, x vpn.Session)
		want []vpn.Status
		end  vpn.Status
	}{
		{"connecting", func(b *bench, x vpn.Session) { b.do(x.Start(ctx, vpn.Options{})) }, nil, conning},
		{"connected", func(b *bench, x vpn.Session) { b.do(x.Start(ctx, vpn.Options{})); b.pass(time.Second) }, []vpn.Status{conning, conn}, conn},
		{"disconnecting", func(b *bench, x vpn.Session) {
			b.do(x.Start(ctx, vpn.Options{}))
			b.pass(time.Second)
			b.do(x.Stop(ctx))
		}, []vpn.Status{conning, dising}, dising},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, one(plain("A", vpn.IKEv2)), func(b *bench) {
				x := b.opened("A")
				c.in(b, x)
				b.events("A")
				b.do(x.Start(ctx, vpn.Options{}))
				b.pass(ms(10))
				b.wantEvents("A", c.want...)
				b.status("A", c.end)
				if got := b.starts(); !slices.Equal(got, []string{"start", "start not disconnected"}) {
					t.Errorf("starts %q", got)
				}
			})
		})
	}
}

func TestStop(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []simulator.Step
		in    func(b *bench, x vpn.Session)
		want  []vpn.Status
		cause int
	}{
		{"while down shows for a moment, and hides the cause", nil, func(*bench, vpn.Session) {}, []vpn.Status{dising, dis}, 1},
		{"while connecting cancels", nil, func(b *bench, x vpn.Session) { b.do(x.Start(ctx, vpn.Options{})); b.pass(ms(500)) }, []vpn.Status{dising, dis}, 1},
		{"while connected", nil, func(b *bench, x vpn.Session) { b.do(x.Start(ctx, vpn.Options{})); b.pass(5 * time.Second) }, []vpn.Status{dising, dis}, 1},
		{"while reasserting", []simulator.Step{step(3*time.Second, simulator.DoReassert, "A")},
			func(b *bench, x vpn.Session) {
				b.do(x.Start(ctx, vpn.Options{}))
				b.pass(5 * time.Second)
				b.status("A", rea)
			}, []vpn.Status{dising, dis}, 1},
		{"while disconnecting changes nothing", nil, func(b *bench, x vpn.Session) { b.do(x.Start(ctx, vpn.Options{})); b.pass(ms(500)); b.do(x.Stop(ctx)) }, []vpn.Status{dis}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, one(plain("A", vpn.IKEv2), c.steps...), func(b *bench) {
				x := b.opened("A")
				c.in(b, x)
				b.events("A")
				b.do(x.Stop(ctx))
				b.pass(10 * time.Second)
				b.wantEvents("A", c.want...)
				b.vpnCause("A", c.cause)
			})
		})
	}
}

func TestRefusedStopIsCorrected(t *testing.T) {
	v := up(plain("A", vpn.IKEv2))
	v.StopRefused = true
	run(t, one(v), func(b *bench) {
		x := b.opened("A")
		b.do(x.Stop(ctx))
		b.pass(time.Second)
		b.wantEvents("A", dising, conn)
	})
}

func TestSlowReaderLosesTheOldestEvents(t *testing.T) {
	run(t, one(plain("A", vpn.IKEv2)), func(b *bench) {
		x, err := b.sim.Open(b.id("A"))
		b.do(err)
		b.pass(time.Second)
		for range 50 {
			b.do(x.Start(ctx, vpn.Options{}))
			b.pass(2 * time.Second)
			b.do(x.Stop(ctx))
			b.pass(time.Second)
		}
		b.do(x.Start(ctx, vpn.Options{}))
		b.do(x.Close())
		var got []vpn.Status
		for e := range x.Events() {
			got = append(got, e.Status)
		}
		if len(got) > 32 || len(got) < 4 || !slices.Equal(got[len(got)-4:], []vpn.Status{conn, dising, dis, conning}) {
			t.Errorf("read %d events, the last of %v", len(got), got)
		}
	})
}

func TestClosedSession(t *testing.T) {
	run(t, one(up(plain("A", vpn.IKEv2))), func(b *bench) {
		x := b.opened("A")
		b.do(x.Close())
		b.do(x.Close())
		ctx := context.Background()
		_, e1 := x.Status(ctx)
		_, e2 := x.Info(ctx)
		_, e3 := x.Statistics(ctx)
		for _, err := range []error{x.Start(ctx, vpn.Options{}), x.Stop(ctx), e1, e2, e3} {
			if !errors.Is(err, vpn.ErrClosed) {
				t.Errorf("error %v", err)
			}
		}
		b.openAs("other", "A")
		b.pass(time.Second)
		b.status("other", conn) // closing did not stop the VPN
	})
}

func TestCancelledContext(t *testing.T) {
	run(t, one(up(plain("A", vpn.IKEv2))), func(b *bench) {
		x := b.opened("A")
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, e1 := x.Status(ctx)
		_, e2 := x.Info(ctx)
		_, e3 := x.Statistics(ctx)
		_, e4 := b.sim.Configurations(ctx)
		for i, err := range []error{e1, e2, e3, e4, b.sim.Probe(ctx, "example.com:1")} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%d: error %v", i, err)
			}
		}
	})
}

func TestCloseEndsEverything(t *testing.T) {
	run(t, one(up(plain("A", vpn.IKEv2)), step(time.Hour, simulator.DoSleep)), func(b *bench) {
		x := b.opened("A")
		f := b.sim.Facts()
		b.do(b.sim.Close())
		b.do(b.sim.Close())
		b.pass(0)
		if _, ok := <-x.Events(); ok {
			t.Error("the events go on")
		}
		if _, err := b.sim.Open(b.id("A")); !errors.Is(err, simulator.ErrClosed) {
			t.Error(err)
		}
		if _, err := b.sim.Configurations(context.Background()); !errors.Is(err, simulator.ErrClosed) {
			t.Error(err)
		}
		if err := b.sim.Probe(context.Background(), "x"); !errors.Is(err, simulator.ErrClosed) {
			t.Error(err)
		}
		b.do(x.Close())
		b.do(f.Close())
		b.do(b.sim.Facts().Close())
	})
}

func TestFirstLoadingTakesTime(t *testing.T) {
	s := one(plain("A", vpn.IKEv2))
	s.Load = simulator.Exactly(2 * time.Second)
	run(t, s, func(b *bench) {
		b.names()
		if d := time.Since(b.start); d != 2*time.Second {
			t.Errorf("the first took %v", d)
		}
		b.names()
		if d := time.Since(b.start); d != 2*time.Second {
			t.Errorf("the second took %v", d-2*time.Second)
		}
	})
}

func TestDetailsByProtocol(t *testing.T) {
	for _, c := range []struct {
		protocol  vpn.Protocol
		device    string
		addresses int
		section   string
		dns       bool
	}{
		{vpn.IKEv2, "ipsec0", 2, "VPN", true},
		{"Fjord VPN", "utun4", 2, "VPN", true},
		{vpn.IPSec, "utun4", 1, "IPSec", false},
		{vpn.L2TP, "ppp0", 1, "PPP", false},
	} {
		t.Run(string(c.protocol), func(t *testing.T) {
			run(t, one(plain("A", c.protocol)), func(b *bench) {
				x := b.opened("A")
				b.do(x.Start(ctx, vpn.Options{Username: "ada", Password: "hunter2", SharedSecret: "hunter2"}))
				b.pass(ms(500))
				if i := b.info("A"); !i.Since.IsZero() || i.Addresses != nil || i.Interface != "" {
					t.Errorf("while connecting: %+v", i)
				}
				if _, err := x.Statistics(context.Background()); !errors.Is(err, vpn.ErrNoStatistics) {
					t.Errorf("statistics while connecting: %v", err)
				}
				b.pass(ms(500) + 100*time.Second)
				i := b.info("A")
				if d := time.Since(i.Since) - 100*time.Second; d < -time.Second || d > time.Second {
					t.Errorf("connected since %v, which is off by %v", i.Since, d)
				}
				if i.Remote != "192.0.2.7" || i.Interface != c.device || len(i.Addresses) != c.addresses || !i.Primary || (len(i.DNSServers) > 0) != c.dns {
					t.Errorf("while connected: %+v", i)
				}
				if i.Cause.Known() {
					t.Errorf("cause %v while connected", i.Cause)
				}
				if _, ok := i.Details[c.section].(map[string]any); !ok {
					t.Errorf("no section %s in %v", c.section, i.Details)
				}
				if s := fmt.Sprint(i.Details); strings.Contains(s, "hunter2") || !strings.Contains(s, "ada") {
					t.Errorf("details %s", s)
				}
				stats, err := x.Statistics(context.Background())
				if err != nil || stats.BytesIn != 100_000 || stats.BytesOut != 10_000 || stats.PacketsIn != 111 {
					t.Errorf("statistics %+v, %v", stats, err)
				}
			})
		})
	}
}

func TestCountersOfL2TPWrap(t *testing.T) {
	v := up(plain("A", vpn.L2TP))
	v.Traffic = &simulator.Traffic{In: 1 << 30, Out: 1}
	run(t, one(v), func(b *bench) {
		x := b.open("A")
		b.pass(5 * time.Second)
		if s, err := x.Statistics(context.Background()); err != nil || s.BytesIn != 1<<30 {
			t.Errorf("statistics %+v, %v", s, err)
		}
	})
}

func TestCausesByProtocol(t *testing.T) {
	type code struct {
		f            vpn.Family
		code, device int
	}
	for _, c := range []struct {
		cause            simulator.Cause
		ikev2, cisco, l2 code
	}{
		{simulator.CauseAuthFailed, code{vpn.FamilyVPN, 23, 0}, code{vpn.FamilyIPSec, 14, 0}, code{vpn.FamilyPPP, 19, 0}},
		{simulator.CauseNotResponding, code{vpn.FamilyVPN, 20, 0}, code{vpn.FamilyIPSec, 9, 0}, code{vpn.FamilyPPP, 8, 2}},
		{simulator.CauseServerTerminated, code{vpn.FamilyVPN, 21, 0}, code{vpn.FamilyIPSec, 16, 0}, code{vpn.FamilyPPP, 16, 0}},
		{simulator.CauseIdle, code{vpn.FamilyVPN, 19, 0}, code{vpn.FamilyIPSec, 19, 0}, code{vpn.FamilyPPP, 12, 0}},
		{simulator.CauseUser, code{vpn.FamilyVPN, 1, 0}, code{}, code{vpn.FamilyPPP, 5, 0}},
		{simulator.CauseNoNetwork, code{vpn.FamilyVPN, 4, 0}, code{vpn.FamilyIPSec, 6, 0}, code{vpn.FamilyPPP, 8, 1}},
	} {
		for p, want := range map[vpn.Protocol]code{vpn.IKEv2: c.ikev2, vpn.IPSec: c.cisco, vpn.L2TP: c.l2} {
			t.Run(string(c.cause)+" of "+string(p), func(t *testing.T) {
				s := step(time.Second, simulator.DoDrop, "A")
				s.Cause = c.cause
				run(t, one(up(plain("A", p)), s), func(b *bench) {
					b.opened("A")
					b.until(2 * time.Second)
					b.cause("A", want.f, want.code, want.device)
				})
			})
		}
	}
}

func TestEveryCauseHasWords(t *testing.T) {
	for _, c := range simulator.Causes() {
		s := step(time.Second, simulator.DoDrop, "A")
		s.Cause = c
		run(t, one(up(plain("A", vpn.IKEv2)), s), func(b *bench) {
			b.opened("A")
			b.until(2 * time.Second)
			if got := b.info("A").Cause; !slices.Contains(vpn.Codes(got.Family), got.Code) {
				t.Errorf("%s shows as %+v, which has no words", c, got)
			}
		})
	}
}

func TestSystemsWordsForADrop(t *testing.T) {
	s := step(time.Second, simulator.DoDrop, "A")
	s.Cause, s.Message = simulator.CauseNotResponding, "It is closed on Sundays."
	run(t, one(up(plain("A", "Fjord VPN")), s), func(b *bench) {
		b.opened("A")
		b.until(2 * time.Second)
		if got := b.info("A").Cause.Message; got != "It is closed on Sundays." {
			t.Errorf("message %q", got)
		}
	})
}
