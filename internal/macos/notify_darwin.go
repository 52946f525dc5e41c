package macos

import (
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

// UserNotifications (docs/internals.md, section 10).
const (
	userNotifications = "UserNotifications"
	notifyFeature     = "Notifications"

	requestAuthorization = "requestAuthorizationWithOptions:completionHandler:"

	authorizeSound = 1 << 1 // UNAuthorizationOptionSound
	authorizeAlert = 1 << 2 // UNAuthorizationOptionAlert

	presentSound  = 1 << 1 // UNNotificationPresentationOptionSound
	presentList   = 1 << 3 // UNNotificationPresentationOptionList
	presentBanner = 1 << 4 // UNNotificationPresentationOptionBanner
)

func init() {
	cocoa.Prefer(cocoa.Framework, notifyFeature, userNotifications)
	cocoa.Prefer(cocoa.Class, notifyFeature, "UNUserNotificationCenter", "UNMutableNotificationContent", "UNNotificationRequest", "UNNotificationSound")
	cocoa.Prefer(cocoa.Method, notifyFeature, "+[UNUserNotificationCenter currentNotificationCenter]",
		"-[UNUserNotificationCenter requestAuthorizationWithOptions:completionHandler:]", "-[UNUserNotificationCenter addNotificationRequest:withCompletionHandler:]",
		"+[UNNotificationRequest requestWithIdentifier:content:trigger:]")
}

// Notifier posts notifications. Its methods may be called from any goroutine
// and never wait.
type Notifier struct {
	log     *slog.Logger
	clicked func(id string)

	mu      sync.Mutex
	state   NotifyState
	waiting notifyQueue
	center  objc.ID // retained for ever; 0 where there is none; does not change
}

// notifier is the one that the delegate's methods act for.
var notifier atomic.Pointer[Notifier]

// NewNotifier returns a notifier. The person is asked for permission at the
// first Post, not before there is something to say. clicked gets the ID of a
// notification that was clicked, on a goroutine; it may be nil.
func NewNotifier(log *slog.Logger, clicked func(id string)) *Notifier {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	n := &Notifier{log: log, clicked: clicked}
	// A click may be what started the app; it is told only to who listens when
	// the launch is over.
	n.open()
	return n
}

// open finds the notification centre and listens to clicks; center stays 0 where
// there is none.
func (n *Notifier) open() {
	cocoa.Pool(func() {
		// Outside a bundle currentNotificationCenter throws, which ends the process.
		if !inBundle() || cocoa.Load(userNotifications) != nil {
			return
		}
		class, err := cocoa.ClassNamed("UNUserNotificationCenter")
		if err != nil {
			return
		}
		center := cocoa.Ask(class, "currentNotificationCenter")
		if !cocoa.RespondsTo(center, requestAuthorization) {
			return
		}
		n.center = center.Send(cocoa.Sel("retain"))
		notifier.Store(n)
		if d, err := notifyDelegate(); err != nil {
			n.log.Info("notifications are not shown while a window of the app is in front", "error", err)
		} else if cocoa.RespondsTo(center, "setDelegate:") {
			center.Send(cocoa.Sel("setDelegate:"), d)
		}
	})
}

// State returns what is known of the permission.
func (n *Notifier) State() NotifyState {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.state
}

// Post shows a notification in place of one with the same ID, now or once the
// person has allowed it. The error is ErrNotifyDenied or ErrNotifyUnavailable.
func (n *Notifier) Post(note Notification) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch n.state {
	case NotifyAllowed:
		n.send(note)
	case NotifyAsking:
		n.waiting = n.waiting.add(note)
	case NotifyUnasked:
		n.waiting = n.waiting.add(note)
		n.askLocked()
	}
	return n.state.err()
}

// Withdraw takes a notification away; one that is not there is no error.
func (n *Notifier) Withdraw(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting = n.waiting.without(id)
	if n.state != NotifyAllowed || id == "" {
		return
	}
	cocoa.Pool(func() {
		class, err := cocoa.ClassNamed("NSArray")
		if err != nil {
			return
		}
		list := class.Send(cocoa.Sel("arrayWithObject:"), cocoa.String(id))
		for _, selector := range []string{"removePendingNotificationRequestsWithIdentifiers:", "removeDeliveredNotificationsWithIdentifiers:"} {
			if cocoa.RespondsTo(n.center, selector) {
				n.center.Send(cocoa.Sel(selector), list)
			}
		}
	})
}

// askLocked asks for permission.
func (n *Notifier) askLocked() {
	n.state = NotifyUnavailable
	if n.center != 0 {
		blocks, err := authorizationBlocks()
		if err == nil {
			handle := authorizations.Put(n)
			var block *cocoa.Block
			if block, err = blocks.Lend(handle); err == nil {
				n.state = NotifyAsking
				cocoa.Pool(func() {
					n.center.Send(cocoa.Sel(requestAuthorization), uint(authorizeAlert|authorizeSound), block)
				})
				return
			}
			authorizations.Take(handle)
		}
		n.log.Warn("notifications can't be used", "error", err)
	}
	n.waiting = nil
}

var authorizations cocoa.Handles[*Notifier]

// authorizationBlocks makes void (^)(BOOL granted, NSError *).
var authorizationBlocks = sync.OnceValues(func() (*cocoa.Blocks, error) {
	var blocks *cocoa.Blocks
	var err error
	blocks, err = cocoa.NewBlocks(func(b *cocoa.Block, granted bool, reason objc.ID) {
		defer cocoa.Guard("answer about notifications")
		n, ok := authorizations.Take(b.Handle())
		blocks.GiveBack(b)
		if !ok {
			return
		}
		var cause *cocoa.Error
		cocoa.Pool(func() { cause = cocoa.ErrorFrom(reason) })
		go n.answered(granted, cause) // not under the framework's locks
	}, "v20@?0B8@12")
	return blocks, err
})

func (n *Notifier) answered(granted bool, cause *cocoa.Error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	waiting := n.waiting
	n.waiting = nil
	if !granted {
		n.state = NotifyDenied
		if cause != nil {
			n.log.Info("notifications are not allowed", "error", cause)
		} else {
			n.log.Info("notifications are not allowed")
		}
		return
	}
	n.state = NotifyAllowed
	for _, w := range waiting {
		n.send(w)
	}
}

// send hands a notification to the system. The centre's methods may be called
// on any thread.
func (n *Notifier) send(note Notification) {
	cocoa.Pool(func() {
		contentClass, err := cocoa.ClassNamed("UNMutableNotificationContent")
		requestClass, err2 := cocoa.ClassNamed("UNNotificationRequest")
		if err != nil || err2 != nil {
			return
		}
		content := contentClass.Send(cocoa.Sel("new")).Send(cocoa.Sel("autorelease"))
		content.Send(cocoa.Sel("setTitle:"), cocoa.String(note.Title))
		content.Send(cocoa.Sel("setBody:"), cocoa.String(note.Body))
		if note.Sound {
			if class := objc.GetClass("UNNotificationSound"); class != 0 {
				content.Send(cocoa.Sel("setSound:"), cocoa.Ask(objc.ID(class), "defaultSound"))
			}
		}
		id := note.ID
		if id == "" {
			id = "vpnstatus" // an empty one is an exception
		}
		// Without a trigger it is shown at once; without a handler nobody is told
		// how it went, and nobody could do anything about it.
		request := requestClass.Send(cocoa.Sel("requestWithIdentifier:content:trigger:"), cocoa.String(id), content, objc.ID(0))
		if request != 0 {
			n.center.Send(cocoa.Sel("addNotificationRequest:withCompletionHandler:"), request, objc.ID(0))
		}
	})
}

// notifyDelegate has notifications shown while the app is in front, and hears of
// clicks. It is made once and kept.
var notifyDelegate = sync.OnceValues(func() (objc.ID, error) {
	class, err := objc.RegisterClass("VPNStatusNotificationDelegate", objc.GetClass("NSObject"), nil, nil, []objc.MethodDef{
		{Cmd: cocoa.Sel("userNotificationCenter:willPresentNotification:withCompletionHandler:"), Fn: func(_ objc.ID, _ objc.SEL, _, _ objc.ID, done objc.Block) {
			defer cocoa.Guard("notification")
			cocoa.CallBlock(done, presentBanner|presentList|presentSound)
		}},
		{Cmd: cocoa.Sel("userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:"), Fn: func(_ objc.ID, _ objc.SEL, _, response objc.ID, done objc.Block) {
			defer cocoa.Guard("click on a notification")
			defer cocoa.CallBlock(done)
			request := cocoa.Ask(cocoa.Ask(response, "notification"), "request")
			id, _ := cocoa.Text(cocoa.Ask(request, "identifier"))
			if n := notifier.Load(); n != nil && n.clicked != nil {
				go n.clicked(id)
			}
		}},
	})
	if err != nil {
		return 0, err
	}
	return objc.ID(class).Send(cocoa.Sel("new")), nil
})
