package neconfig

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
	"vpnstatus/internal/vpn"
)

// platform is shared by all managers of the process, since blocks and the queue
// live forever.
type platform struct {
	queue                     cocoa.Queue
	class                     objc.ID
	loadBlocks, changedBlocks *cocoa.Blocks
	loads                     cocoa.Handles[func([]Record, error)]
	watchers                  cocoa.Handles[func()]
}

var thePlatform = sync.OnceValues(func() (*platform, error) {
	p := &platform{}
	if err := cocoa.Load("NetworkExtension"); err != nil {
		return nil, unavailable(err)
	}
	var err error
	if p.class, err = cocoa.ClassNamed("NEConfigurationManager"); err != nil {
		return nil, unavailable(err)
	}
	if p.queue, err = cocoa.NewQueue("org.vpnstatus.configurations"); err != nil {
		return nil, unavailable(err)
	}
	if p.loadBlocks, err = cocoa.NewBlocks(p.loaded, "v24@?0@8@16"); err != nil {
		return nil, unavailable(err)
	}
	if p.changedBlocks, err = cocoa.NewBlocks(p.changed, "v16@?0@8"); err != nil {
		return nil, unavailable(err)
	}
	return p, nil
})

func unavailable(err error) error {
	var missing *cocoa.MissingError
	if errors.As(err, &missing) {
		return &vpn.UnavailableError{What: featureList, Missing: fmt.Sprintf("the %s %s", missing.Kind, missing.Name)}
	}
	return fmt.Errorf("%s: %w", featureList, err)
}

func lacksMethod(selector string) error {
	return unavailable(&cocoa.MissingError{Kind: cocoa.Method, Name: "-[NEConfigurationManager " + selector + "]"})
}

// manager holds one NEConfigurationManager, retained until Close.
type manager struct {
	p *platform

	mu      sync.Mutex
	object  objc.ID // 0 once it is closed
	watcher uint64  // handle in watchers
}

// System returns a manager of this Mac. It looks up classes but makes no
// request; the error is a *vpn.UnavailableError.
func System() (Manager, error) {
	p, err := thePlatform()
	if err != nil {
		return nil, err
	}
	m := &manager{p: p}
	cocoa.Pool(func() {
		// An instance of our own has a changed handler of its own. init and
		// sharedManager give nil when they can't find who the user is;
		// initForAllUsers needs no user (docs/internals.md, sections 5 and 7).
		if o := p.class.Send(cocoa.Sel("alloc")); o != 0 {
			m.object = o.Send(cocoa.Sel("init"))
		}
		if m.object == 0 {
			if o := cocoa.Ask(p.class, "sharedManager"); o != 0 {
				m.object = o.Send(cocoa.Sel("retain"))
			}
		}
		if m.object == 0 {
			if o := p.class.Send(cocoa.Sel("alloc")); o != 0 {
				if cocoa.RespondsTo(o, selAllUsers) {
					m.object = o.Send(cocoa.Sel(selAllUsers))
				} else {
					o.Send(cocoa.Sel("release"))
				}
			}
		}
	})
	if m.object == 0 {
		return nil, &vpn.UnavailableError{What: featureList, Missing: "an NEConfigurationManager for this user"}
	}
	return m, nil
}

// hold calls f with the manager's object, which stays alive meanwhile.
func (m *manager) hold(f func(o objc.ID) error) (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.object == 0 {
		return vpn.ErrClosed
	}
	cocoa.Pool(func() { err = f(m.object) })
	return err
}

func (m *manager) Load(done func([]Record, error)) error {
	return m.hold(func(o objc.ID) error {
		if !cocoa.RespondsTo(o, selLoad) {
			return lacksMethod(selLoad)
		}
		h := m.p.loads.Put(done)
		block, err := m.p.loadBlocks.Lend(h)
		if err != nil {
			m.p.loads.Take(h)
			return err
		}
		o.Send(cocoa.Sel(selLoad), uintptr(m.p.queue), block)
		return nil
	})
}

// loaded is the completion handler: an NSArray or nil, an NSError or nil. The
// objects live only until it returns, so everything is read here.
func (p *platform) loaded(block *cocoa.Block, list, failure objc.ID) {
	defer cocoa.Guard("configurations loaded")
	done, ok := p.loads.Take(block.Handle())
	p.loadBlocks.GiveBack(block)
	if !ok {
		return
	}
	records, err := read(list, failure)
	done(records, err)
}

func read(list, failure objc.ID) (records []Record, err error) {
	err = errors.New("reading the VPN configurations failed") // unless the pool below runs to its end
	defer cocoa.Guard("reading configurations")
	cocoa.Pool(func() {
		if e := cocoa.ErrorFrom(failure); e != nil {
			err = errorFrom(e)
			return
		}
		out := []Record{}
		for _, o := range cocoa.Items(list) {
			if cocoa.IsKind(o, "NEConfiguration") {
				out = append(out, record(o))
			}
		}
		records, err = out, nil
	})
	return records, err
}

func (m *manager) Watch(changed func()) error {
	return m.hold(func(o objc.ID) error {
		if !cocoa.RespondsTo(o, selWatch) {
			return lacksMethod(selWatch)
		}
		h := m.p.watchers.Put(changed)
		block, err := m.p.changedBlocks.Lend(h)
		if err != nil {
			m.p.watchers.Take(h)
			return err
		}
		m.watcher = h
		o.Send(cocoa.Sel(selWatch), uintptr(m.p.queue), block)
		return nil
	})
}

// changed is the changed handler. Its argument, the identifiers of what changed,
// may be empty or nil and is not needed: everything is loaded again.
func (p *platform) changed(block *cocoa.Block, _ objc.ID) {
	defer cocoa.Guard("configurations changed")
	if f, ok := p.watchers.Look(block.Handle()); ok {
		f()
	}
}

func (m *manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.object == 0 {
		return
	}
	m.p.watchers.Take(m.watcher)
	cocoa.Pool(func() {
		if m.watcher != 0 {
			m.object.Send(cocoa.Sel(selWatch), uintptr(0), uintptr(0))
		}
		m.object.Send(cocoa.Sel("release"))
	})
	m.object = 0
}

// others are the properties of a configuration that is not a VPN. Newer ones
// don't exist on older systems.
var others = []string{"appVPN", "alwaysOnVPN", "contentFilter", "pathController", "dnsProxy", "dnsSettings", "appPush", "relay", "urlFilter", "hotspot"}

// record reads an NEConfiguration (docs/internals.md, section 6). Any property
// may be nil.
func record(o objc.ID) Record {
	r := Record{
		Name:            text(o, "name"),
		Application:     text(o, "application"),
		ApplicationName: text(o, "applicationName"),
		Enabled:         boolean(o, "isEnabled"),
	}
	if id, ok := cocoa.UUID(cocoa.Ask(o, "identifier")); ok {
		r.ID = Known(vpn.ID(id))
	}
	if payload := cocoa.Ask(o, "payloadInfo"); payload != 0 {
		r.Profile = true
		r.ProfileSource = integer(payload, "profileSource")
	}
	for _, name := range others {
		if cocoa.Ask(o, name) != 0 {
			r.Others = append(r.Others, name)
		}
	}
	if v := cocoa.Ask(o, "VPN"); v != 0 {
		r.VPN = &VPN{
			Enabled:    boolean(v, "isEnabled"),
			OnDemand:   boolean(v, "isOnDemandEnabled"),
			TunnelType: integer(v, "tunnelType"),
			Protocol:   protocol(cocoa.Ask(v, "protocol")),
		}
		if !r.VPN.Enabled.Known {
			r.VPN.Enabled = boolean(v, "enabled")
		}
	}
	return r
}

func protocol(o objc.ID) *Protocol {
	if o == 0 {
		return nil
	}
	p := &Protocol{
		Type:               integer(o, "type"),
		Classes:            cocoa.ClassNames(o),
		Server:             text(o, "serverAddress"),
		IncludeAllNetworks: boolean(o, "includeAllNetworks"),
	}
	// Only a third party's protocol has it. Its other values may be secret and
	// are never read.
	p.Provider = text(o, "providerBundleIdentifier")
	return p
}

func text(o objc.ID, selector string) Opt[string] {
	s, ok := cocoa.Text(cocoa.Ask(o, selector))
	return Opt[string]{s, ok}
}

func boolean(o objc.ID, selector string) Opt[bool] {
	b, ok := cocoa.AskBool(o, selector)
	return Opt[bool]{b, ok}
}

func integer(o objc.ID, selector string) Opt[int] {
	n, ok := cocoa.AskInt(o, selector)
	return Opt[int]{n, ok}
}
