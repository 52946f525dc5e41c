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
	queue         cocoa.Queue
	class         objc.ID
	loadBlocks    *cocoa.Blocks[func([]Record, error)]
	changedBlocks *cocoa.Blocks[func()]
}

var thePlatform = sync.OnceValues(func() (*platform, error) {
	p := &platform{}
	if err := cocoa.Load("NetworkExtension"); err != nil {
		return nil, err
	}
	var err error
	if p.class, err = cocoa.ClassNamed("NEConfigurationManager"); err != nil {
		return nil, err
	}
	if p.queue, err = cocoa.NewQueue("org.vpnstatus.configurations"); err != nil {
		return nil, err
	}
	if p.loadBlocks, err = cocoa.NewBlocks[func([]Record, error)](p.loaded, "v24@?0@8@16"); err != nil {
		return nil, err
	}
	if p.changedBlocks, err = cocoa.NewBlocks[func()](p.changed, "v16@?0@8"); err != nil {
		return nil, err
	}
	return p, nil
})

// manager holds one NEConfigurationManager, retained until Close.
type manager struct {
	p *platform

	mu      sync.Mutex
	object  objc.ID      // 0 once it is closed
	watcher *cocoa.Block // nil if there is none
}

// System returns a manager of this Mac. It looks up classes and the user but makes
// no request.
func System() (Manager, error) {
	p, err := thePlatform()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", featureList, err)
	}
	m := &manager{p: p}
	cocoa.Pool(func() {
		// An instance of our own has a changed handler of its own. init and
		// sharedManager give nil when they can't find who the user is;
		// initForAllUsers needs no user (docs/internals.md, section 5).
		m.object = p.class.Send(cocoa.Sel("alloc")).Send(cocoa.Sel("init"))
		if m.object == 0 {
			m.object = cocoa.Ask(p.class, "sharedManager").Send(cocoa.Sel("retain"))
		}
		if m.object == 0 && objc.Send[bool](p.class, cocoa.Sel("instancesRespondToSelector:"), cocoa.Sel(selAllUsers)) {
			m.object = p.class.Send(cocoa.Sel("alloc")).Send(cocoa.Sel(selAllUsers))
		}
	})
	if m.object == 0 {
		return nil, errors.New(featureList + ": the system made no NEConfigurationManager for this user")
	}
	return m, nil
}

// send calls f with the manager's object, which stays alive meanwhile and responds
// to the selector.
func (m *manager) send(selector string, f func(o objc.ID) error) (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.object == 0 {
		return vpn.ErrClosed
	}
	cocoa.Pool(func() {
		if !cocoa.RespondsTo(m.object, selector) {
			err = fmt.Errorf("%s: %w", featureList, &cocoa.MissingError{Kind: cocoa.Method, Name: "-[NEConfigurationManager " + selector + "]"})
			return
		}
		err = f(m.object)
	})
	return err
}

func (m *manager) Load(done func([]Record, error)) error {
	return m.send(selLoad, func(o objc.ID) error {
		block, err := m.p.loadBlocks.Lend(done)
		if err != nil {
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
	if done, ok := p.loadBlocks.GiveBack(block); ok {
		done(read(list, failure))
	}
}

func read(list, failure objc.ID) (records []Record, err error) {
	err = errors.New("reading the VPN configurations failed") // unless the pool below runs to its end
	defer cocoa.Guard("reading configurations")
	cocoa.Pool(func() {
		if e := cocoa.ErrorFrom(failure); e != nil {
			err = loadError(*e)
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
	return m.send(selWatch, func(o objc.ID) error {
		block, err := m.p.changedBlocks.Lend(changed)
		if err != nil {
			return err
		}
		m.watcher = block
		o.Send(cocoa.Sel(selWatch), uintptr(m.p.queue), block)
		return nil
	})
}

// changed is the changed handler. Its argument, the identifiers of what changed,
// may be empty or nil and is not needed: everything is loaded again.
func (p *platform) changed(block *cocoa.Block, _ objc.ID) {
	defer cocoa.Guard("configurations changed")
	if f, ok := p.changedBlocks.Value(block); ok {
		f()
	}
}

// Close does not give the watcher's block back: a call of it may be under way.
func (m *manager) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.object == 0 {
		return
	}
	m.p.changedBlocks.Forget(m.watcher)
	cocoa.Pool(func() {
		if m.watcher != nil {
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
