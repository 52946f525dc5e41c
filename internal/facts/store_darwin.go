package facts

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
	"golang.org/x/net/route"

	"vpnstatus/internal/cocoa"
)

const (
	storeFeature = "Gateway, addresses, DNS"
	powerFeature = "Power source"
)

func init() {
	cocoa.Prefer(cocoa.Framework, storeFeature, "SystemConfiguration")
	cocoa.Prefer(cocoa.Symbol, storeFeature, new(storeFramework).functions().Names()...)
	cocoa.Prefer(cocoa.Framework, powerFeature, "IOKit")
	cocoa.Prefer(cocoa.Symbol, powerFeature, new(powerFramework).functions().Names()...)
}

// The keys of the store that are watched and read; the patterns are extended
// regular expressions.
var (
	storeKeys     = []string{"State:/Network/Global/IPv4", "State:/Network/Global/IPv6", "Setup:/Network/Global/IPv4"}
	storePatterns = []string{
		"State:/Network/Service/[^/]+/(IPv4|IPv6|DNS)",
		"Setup:/Network/Service/[^/]+/(Interface|DNS)",
		"State:/Network/Interface/[^/]+/(Link|AirPort)",
	}
)

// resolveAgain are the times after which an unresolved gateway is polled again; its
// address appears with the first packet that is sent through it.
var resolveAgain = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute}

// storeContext is SCDynamicStoreContext, which the system copies.
type storeContext struct {
	_    int // version
	info uintptr
	_    [3]uintptr // retain, release, copyDescription
}

// storeFramework is the C interface of the dynamic store.
type storeFramework struct {
	create   func(allocator uintptr, name objc.ID, changed uintptr, context *storeContext) uintptr
	setKeys  func(store uintptr, keys, patterns objc.ID) bool
	setQueue func(store, queue uintptr) bool
	copy     func(store uintptr, keys, patterns objc.ID) objc.ID
	release  func(uintptr)
	queue    cocoa.Queue
	changed  uintptr
}

func (f *storeFramework) functions() cocoa.Functions {
	return cocoa.Functions{
		"SCDynamicStoreCreate":              &f.create,
		"SCDynamicStoreSetNotificationKeys": &f.setKeys,
		"SCDynamicStoreSetDispatchQueue":    &f.setQueue,
		"SCDynamicStoreCopyMultiple":        &f.copy,
		"CFRelease":                         &f.release,
	}
}

var storeOf = sync.OnceValues(func() (*storeFramework, error) {
	f := &storeFramework{}
	err := errors.Join(cocoa.Load("SystemConfiguration"), f.functions().Bind())
	if err != nil {
		return nil, err
	}
	if f.queue, err = factsQueue(); err != nil {
		return nil, err
	}
	// The context carries a handle.
	f.changed = purego.NewCallback(func(_, _, info uintptr) {
		defer cocoa.Guard("dynamic store")
		if s, ok := systems.Look(uint64(info)); ok {
			s.refresh()
		}
	})
	return f, nil
})

func stringList(texts []string) objc.ID {
	var ids []objc.ID
	for _, t := range texts {
		ids = append(ids, cocoa.String(t))
	}
	return cocoa.List(ids...)
}

// watchStore opens the store. It must be called on factsQueue, like everything
// that uses the store, which is not thread-safe.
func (s *system) watchStore() error {
	f, err := storeOf()
	if err != nil {
		return err
	}
	store := f.create(0, cocoa.String("VPNStatus"), f.changed, &storeContext{info: uintptr(s.handle)})
	if store == 0 {
		return errors.New("the system opened no dynamic store")
	}
	s.mu.Lock()
	s.store = store
	s.mu.Unlock()
	if !f.setKeys(store, stringList(storeKeys), stringList(storePatterns)) || !f.setQueue(store, uintptr(f.queue)) {
		s.log.Warn("changes of the network are known from its path only")
	}
	return nil
}

// unwatchStore undoes watchStore and watchPower, on factsQueue.
func (s *system) unwatchStore() {
	s.mu.Lock()
	store, token := s.store, s.power
	s.store, s.power = 0, -1
	s.mu.Unlock()
	if f, err := storeOf(); err == nil && store != 0 {
		f.setQueue(store, 0)
		f.release(store)
	}
	if f, err := powerOf(); err == nil && token >= 0 {
		f.cancel(token)
	}
}

// pollNetwork reads the store, the routing table and the power source.
func (s *system) pollNetwork() {
	provider := powerProvider()
	s.mu.Lock()
	store, before := s.store, s.observed.network
	s.mu.Unlock()
	var seen *observedNetwork
	if f, err := storeOf(); err == nil && store != 0 {
		// There is no answer only if the store can't be reached; keep the previous
		// facts then.
		seen = before
		if d := f.copy(store, stringList(storeKeys), stringList(storePatterns)); d != 0 {
			values, _ := cocoa.Tree(d).(map[string]any)
			f.release(uintptr(d))
			seen = readStore(values, s.hardwareAddress, before)
		}
	}
	s.observe(func(x *observations) { x.network, x.provider = seen, provider })
	s.resolve(seen, before)
}

// resolve polls again while the gateway's hardware address is missing.
func (s *system) resolve(seen, before *observedNetwork) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !seen.unresolved() || before == nil || before.gateway != seen.gateway {
		s.resolves = 0
	}
	if seen.unresolved() && s.resolves < len(resolveAgain) {
		time.AfterFunc(resolveAgain[s.resolves], s.networkPoll.trigger)
		s.resolves++
	}
}

// hardwareAddress returns the hardware address of a neighbour from the routing
// table, or "".
func (s *system) hardwareAddress(name string, gateway netip.Addr) string {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return "" // it has just been removed
	}
	list, err := neighbours()
	s.warn("the gateway's hardware address is not known", err)
	return macOf(list, gateway, i.Index)
}

// neighbours reads the routing table. Entries of IPv4 and IPv6 are alike.
func neighbours() ([]neighbour, error) {
	raw, err := route.FetchRIB(syscall.AF_UNSPEC, syscall.NET_RT_FLAGS, syscall.RTF_LLINFO)
	if err != nil {
		return nil, fmt.Errorf("reading the routing table: %w", err)
	}
	var list []neighbour
	for _, message := range ribMessages(raw) {
		// Parse one by one: a message that can't be parsed loses only its own
		// neighbour.
		parsed, err := route.ParseRIB(syscall.NET_RT_FLAGS, message)
		if err != nil {
			continue
		}
		for _, m := range parsed {
			if n, ok := neighbourOf(m); ok {
				list = append(list, n)
			}
		}
	}
	return list, nil
}

func neighbourOf(m route.Message) (n neighbour, ok bool) {
	r, ok := m.(*route.RouteMessage)
	if !ok || len(r.Addrs) <= syscall.RTAX_GATEWAY {
		return n, false
	}
	n.index = r.Index
	switch a := r.Addrs[syscall.RTAX_DST].(type) {
	case *route.Inet4Addr:
		n.address = netip.AddrFrom4(a.IP)
	case *route.Inet6Addr:
		n.address = netip.AddrFrom16(a.IP)
	}
	if a, ok := r.Addrs[syscall.RTAX_GATEWAY].(*route.LinkAddr); ok {
		n.mac = a.Addr
	}
	return n, true
}

// powerFramework is the C interface of IOKit's power sources.
type powerFramework struct {
	information func() objc.ID
	provider    func(information objc.ID) objc.ID // not retained
	release     func(objc.ID)
	register    func(name string, token *int32, queue uintptr, handler *cocoa.Block) uint32
	cancel      func(token int32) uint32
	blocks      *cocoa.Blocks[uint64] // handles in systems
	queue       cocoa.Queue
}

func (f *powerFramework) functions() cocoa.Functions {
	return cocoa.Functions{
		"IOPSCopyPowerSourcesInfo":        &f.information,
		"IOPSGetProvidingPowerSourceType": &f.provider,
		"CFRelease":                       &f.release,
		"notify_register_dispatch":        &f.register,
		"notify_cancel":                   &f.cancel,
	}
}

var powerOf = sync.OnceValues(func() (*powerFramework, error) {
	f := &powerFramework{}
	err := errors.Join(cocoa.Load("IOKit"), f.functions().Bind())
	if err != nil {
		return nil, err
	}
	if f.queue, err = factsQueue(); err != nil {
		return nil, err
	}
	// void (^)(int token)
	f.blocks, err = cocoa.NewBlocks[uint64](func(b *cocoa.Block, _ int32) {
		defer cocoa.Guard("power source")
		handle, _ := f.blocks.Value(b)
		if s, ok := systems.Look(handle); ok {
			s.networkPoll.trigger()
		}
	}, "v12@?0i8")
	return f, err
})

// powerChanged is posted when the machine changes from one source to another.
const powerChanged = "com.apple.system.powersources.source"

// watchPower subscribes to changes of the power source, on factsQueue.
func (s *system) watchPower() error {
	f, err := powerOf()
	if err != nil {
		return err
	}
	// Like that of the path monitor, the block is not given back.
	block, err := f.blocks.Lend(s.handle)
	if err != nil {
		return err
	}
	token := int32(-1)
	if status := f.register(powerChanged, &token, uintptr(f.queue), block); status != 0 {
		return fmt.Errorf("its changes are not announced: status %d", status)
	}
	s.mu.Lock()
	s.power = token
	s.mu.Unlock()
	return nil
}

// powerProvider returns the source in IOKit's words; empty if it is not known.
func powerProvider() string {
	f, err := powerOf()
	if err != nil {
		return ""
	}
	information := f.information()
	if information == 0 {
		return ""
	}
	defer f.release(information)
	name, _ := cocoa.Text(f.provider(information))
	return name
}
