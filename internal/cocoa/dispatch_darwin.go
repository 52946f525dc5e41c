package cocoa

import (
	"sync"

	"github.com/ebitengine/purego"
)

// Queue is a dispatch queue. Those made here live as long as the process.
type Queue uintptr

var dispatch = sync.OnceValues(func() (*dispatcher, error) {
	d := &dispatcher{}
	if err := Bind(&d.create, "dispatch_queue_create"); err != nil {
		return nil, err
	}
	if err := Bind(&d.asyncF, "dispatch_async_f"); err != nil {
		return nil, err
	}
	// The main queue is not a function's result but a variable: its address
	// is the queue.
	d.main, _ = Address("_dispatch_main_q")
	d.run = purego.NewCallback(func(handle uintptr) {
		defer Guard("task on a dispatch queue")
		if f, ok := d.tasks.Take(uint64(handle)); ok {
			f()
		}
	})
	return d, nil
})

// dispatcher needs one C callback for all tasks: the context that dispatch
// carries is a handle.
type dispatcher struct {
	create func(label string, attributes uintptr) uintptr
	asyncF func(queue, context, f uintptr)
	main   uintptr
	run    uintptr
	tasks  Handles[func()]
}

// NewQueue makes a serial queue. The label is for crash reports.
func NewQueue(label string) (Queue, error) {
	d, err := dispatch()
	if err != nil {
		return 0, err
	}
	q := d.create(label, 0)
	if q == 0 {
		return 0, &MissingError{Symbol, "dispatch_queue_create (it made no queue)"}
	}
	return Queue(q), nil
}

// Async runs f on the queue. It does not wait.
func (q Queue) Async(f func()) {
	d, _ := dispatch() // no error: it made the queue
	d.asyncF(uintptr(q), uintptr(d.tasks.Put(f)), d.run)
}

// MainQueue returns the queue of the main thread. Its tasks run only while the main
// thread runs its event loop.
func MainQueue() (Queue, error) {
	d, err := dispatch()
	if err != nil {
		return 0, err
	}
	if d.main == 0 {
		return 0, &MissingError{Symbol, "_dispatch_main_q"}
	}
	return Queue(d.main), nil
}

// OnMain runs f on the main thread, in order. It does not wait.
func OnMain(f func()) error {
	q, err := MainQueue()
	if err == nil {
		q.Async(f)
	}
	return err
}
