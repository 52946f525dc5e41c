package hooks

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"vpnstatus/internal/cocoa"
)

// Scripts are started with posix_spawn and not with os/exec, which forks: on
// macOS 26 a child that was forked after Network.framework was used can hang
// before it executes the script, and the parent with it.

const feature = "Hooks"

func init() { cocoa.Require(cocoa.Symbol, feature, new(spawner).functions().Names()...) }

// spawner is the C interface. posix_spawnattr_t and posix_spawn_file_actions_t
// are pointers, sigset_t is a uint32; all functions return an errno.
type spawner struct {
	spawn func(pid *int32, path *byte, actions, attributes *uintptr, argv, envp **byte) int32

	attrInit       func(*uintptr) int32
	attrDestroy    func(*uintptr) int32
	setFlags       func(*uintptr, int16) int32
	setGroup       func(*uintptr, int32) int32
	setDefault     func(*uintptr, *uint32) int32
	setMask        func(*uintptr, *uint32) int32
	actionsInit    func(*uintptr) int32
	actionsDestroy func(*uintptr) int32
	addOpen        func(actions *uintptr, fd int32, path string, flags int32, mode uint16) int32
	addDup2        func(actions *uintptr, fd, newFD int32) int32
	addChdir       func(actions *uintptr, path string) int32
}

// functions are in spawn.h and sys/spawn.h. addchdir_np is there since macOS 10.15;
// macOS 26 has it under a second name without _np.
func (s *spawner) functions() cocoa.Functions {
	return cocoa.Functions{
		"posix_spawn":                          &s.spawn,
		"posix_spawnattr_init":                 &s.attrInit,
		"posix_spawnattr_destroy":              &s.attrDestroy,
		"posix_spawnattr_setflags":             &s.setFlags,
		"posix_spawnattr_setpgroup":            &s.setGroup,
		"posix_spawnattr_setsigdefault":        &s.setDefault,
		"posix_spawnattr_setsigmask":           &s.setMask,
		"posix_spawn_file_actions_init":        &s.actionsInit,
		"posix_spawn_file_actions_destroy":     &s.actionsDestroy,
		"posix_spawn_file_actions_addopen":     &s.addOpen,
		"posix_spawn_file_actions_adddup2":     &s.addDup2,
		"posix_spawn_file_actions_addchdir_np": &s.addChdir,
	}
}

// Flags of posix_spawnattr_setflags.
const (
	spawnSetGroup       = 0x0002 // POSIX_SPAWN_SETPGROUP
	spawnSetDefault     = 0x0004 // POSIX_SPAWN_SETSIGDEF
	spawnSetMask        = 0x0008 // POSIX_SPAWN_SETSIGMASK
	spawnCloexecDefault = 0x4000 // POSIX_SPAWN_CLOEXEC_DEFAULT: only descriptors named in actions are inherited
)

var theSpawner = sync.OnceValues(func() (*spawner, error) {
	s := &spawner{}
	return s, s.functions().Bind()
})

func spawn(path string, environ []string, dir string, out *os.File) (*os.Process, error) {
	s, err := theSpawner()
	if err != nil {
		return nil, err
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	argv, err := cStrings(&pinner, []string{path})
	if err != nil {
		return nil, err
	}
	envp, err := cStrings(&pinner, environ)
	if err != nil {
		return nil, err
	}
	// They are on the heap, since C stores into them and goroutine stacks move.
	v := new(struct {
		actions, attributes uintptr
		signals, none       uint32
		pid                 int32
	})
	pinner.Pin(v)
	if errno := s.attrInit(&v.attributes); errno != 0 {
		return nil, failed("posix_spawnattr_init", errno)
	}
	defer s.attrDestroy(&v.attributes)
	if errno := s.actionsInit(&v.actions); errno != 0 {
		return nil, failed("posix_spawn_file_actions_init", errno)
	}
	defer s.actionsDestroy(&v.actions)
	// The Go runtime's handlers and this thread's mask are not the script's.
	// SIGKILL and SIGSTOP can't be changed.
	v.signals = ^uint32(1<<(syscall.SIGKILL-1) | 1<<(syscall.SIGSTOP-1))
	fd := int32(out.Fd())
	for _, step := range []struct {
		name  string
		errno int32
	}{
		{"posix_spawnattr_setflags", s.setFlags(&v.attributes, spawnSetGroup|spawnSetDefault|spawnSetMask|spawnCloexecDefault)},
		{"posix_spawnattr_setpgroup", s.setGroup(&v.attributes, 0)},
		{"posix_spawnattr_setsigdefault", s.setDefault(&v.attributes, &v.signals)},
		{"posix_spawnattr_setsigmask", s.setMask(&v.attributes, &v.none)},
		{"posix_spawn_file_actions_addopen", s.addOpen(&v.actions, 0, os.DevNull, syscall.O_RDONLY, 0)},
		{"posix_spawn_file_actions_adddup2", s.addDup2(&v.actions, fd, 1)},
		{"posix_spawn_file_actions_adddup2", s.addDup2(&v.actions, fd, 2)},
		{"posix_spawn_file_actions_addchdir_np", s.addChdir(&v.actions, dir)},
	} {
		if step.errno != 0 {
			return nil, failed(step.name, step.errno)
		}
	}
	errno := s.spawn(&v.pid, argv[0], &v.actions, &v.attributes, unsafe.SliceData(argv), unsafe.SliceData(envp))
	runtime.KeepAlive(out)
	if errno != 0 {
		return nil, failed("posix_spawn", errno)
	}
	return os.FindProcess(int(v.pid))
}

func failed(what string, errno int32) error { return fmt.Errorf("%s: %w", what, syscall.Errno(errno)) }

// cStrings returns a list of C strings that ends with NULL. It stays valid until
// the pinner's end.
func cStrings(pinner *runtime.Pinner, list []string) ([]*byte, error) {
	out := make([]*byte, len(list)+1)
	for i, text := range list {
		p, err := syscall.BytePtrFromString(text)
		if err != nil {
			return nil, err
		}
		pinner.Pin(p)
		out[i] = p
	}
	pinner.Pin(&out[0])
	return out, nil
}
