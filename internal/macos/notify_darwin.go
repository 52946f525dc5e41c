package macos

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

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

	notificationsNotAllowed = 1 // UNErrorCodeNotificationsNotAllowed, of UNErrorDomain
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

	center objc.ID // retained forever; 0 where there is none; does not change

	mu         sync.Mutex
	permission permission
}

// notifier is the one that the delegate's methods act for.
var notifier atomic.Pointer[Notifier]

// NewNotifier returns a notifier. The user is asked for permission at the
// first Post. clicked gets the ID of a notification that was clicked, on a
// goroutine; it may be nil.
func NewNotifier(log *slog.Logger, clicked func(id string)) *Notifier {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	n := &Notifier{log: log, clicked: clicked}
	// A click may have started the app. The system reports it only to a
	// delegate that was set before the launch was over.
	n.open()
	return n
}

// open finds the notification centre and subscribes to clicks; center stays 0
// where there is none.
func (n *Notifier) open() {
	cocoa.Pool(func() {
		// Outside a bundle currentNotificationCenter throws, which ends the process.
		if _, ok := Bundle(); !ok || cocoa.Load(userNotifications) != nil {
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

// Post shows a notification in place of one with the same ID, now or once the
// user has allowed it. done is called once with the outcome, on any goroutine
// and possibly before Post returns; never if the notification was withdrawn or
// replaced before. Its error wraps ErrNotifyDenied or ErrNotifyUnavailable, or
// is the system's.
func (n *Notifier) Post(note Notification, done func(error)) {
	r := notifyRequest{note, done}
	n.mu.Lock()
	step := n.permission.add(r, time.Now())
	err := n.permission.err()
	n.mu.Unlock()
	switch step {
	case notifySend:
		n.send(r)
	case notifyRefuse:
		r.done(err)
	case notifyAsk:
		n.ask()
	}
}

// Withdraw removes a notification, if there is one.
func (n *Notifier) Withdraw(id string) {
	n.mu.Lock()
	n.permission.withdraw(id)
	allowed := n.permission.state == notifyAllowed
	n.mu.Unlock()
	if !allowed || id == "" {
		return
	}
	cocoa.Pool(func() {
		list := cocoa.List(cocoa.String(id))
		for _, selector := range []string{"removePendingNotificationRequestsWithIdentifiers:", "removeDeliveredNotificationsWithIdentifiers:"} {
			if cocoa.RespondsTo(n.center, selector) {
				n.center.Send(cocoa.Sel(selector), list)
			}
		}
	})
}

// ask asks for permission.
func (n *Notifier) ask() {
	if n.center == 0 {
		n.answered(notifyUnavailable, nil)
		return
	}
	blocks, err := authorizationBlocks()
	var block *cocoa.Block
	if err == nil {
		block, err = blocks.Lend(n)
	}
	if err != nil {
		n.answered(notifyDenied, err)
		return
	}
	cocoa.Pool(func() {
		n.center.Send(cocoa.Sel(requestAuthorization), uint(authorizeAlert|authorizeSound), block)
	})
}

// authorizationBlocks makes void (^)(BOOL granted, NSError *).
var authorizationBlocks = sync.OnceValues(func() (*cocoa.Blocks[*Notifier], error) {
	var blocks *cocoa.Blocks[*Notifier]
	var err error
	blocks, err = cocoa.NewBlocks[*Notifier](func(b *cocoa.Block, granted bool, reason objc.ID) {
		defer cocoa.Guard("answer about notifications")
		n, ok := blocks.GiveBack(b)
		if !ok {
			return
		}
		state, cause := notifyDenied, errorFrom(reason)
		if granted {
			state = notifyAllowed
		}
		go n.answered(state, cause) // not under the framework's locks
	}, "v20@?0B8@12")
	return blocks, err
})

// answered records whether the user lets the app notify.
func (n *Notifier) answered(state notifyState, cause error) {
	n.mu.Lock()
	waiting := n.permission.answer(state, time.Now())
	err := n.permission.err()
	n.mu.Unlock()
	if cause != nil {
		n.log.Info("notifications are not allowed", "error", cause)
	}
	for _, r := range waiting {
		if err != nil {
			r.done(err)
			continue
		}
		n.send(r)
	}
}

// errorFrom returns an NSError as an error; nil for nil.
func errorFrom(id objc.ID) (err error) {
	cocoa.Pool(func() {
		if e := cocoa.ErrorFrom(id); e != nil {
			err = e
		}
	})
	return err
}

// additionBlocks makes void (^)(NSError *), for the outcome of a request.
var additionBlocks = sync.OnceValues(func() (*cocoa.Blocks[func(error)], error) {
	var blocks *cocoa.Blocks[func(error)]
	var err error
	blocks, err = cocoa.NewBlocks[func(error)](func(b *cocoa.Block, reason objc.ID) {
		defer cocoa.Guard("outcome of a notification")
		if sent, ok := blocks.GiveBack(b); ok {
			go sent(errorFrom(reason)) // not under the framework's locks
		}
	}, "v16@?0@8")
	return blocks, err
})

// sent records the outcome of a request.
func (n *Notifier) sent(r notifyRequest, err error) {
	var e *cocoa.Error
	if errors.As(err, &e) && e.Domain == "UNErrorDomain" && e.Code == notificationsNotAllowed {
		err = fmt.Errorf("%w: %w", ErrNotifyDenied, err)
		n.mu.Lock()
		waiting := n.permission.answer(notifyDenied, time.Now())
		n.mu.Unlock()
		for _, w := range waiting {
			w.done(err)
		}
	}
	r.done(err)
}

// send hands a notification to the system. The centre's methods may be called
// on any thread.
func (n *Notifier) send(r notifyRequest) {
	contentClass, err := cocoa.ClassNamed("UNMutableNotificationContent")
	requestClass, err2 := cocoa.ClassNamed("UNNotificationRequest")
	blocks, err3 := additionBlocks()
	if err := errors.Join(err, err2, err3); err != nil {
		r.done(err)
		return
	}
	cocoa.Pool(func() {
		content := contentClass.Send(cocoa.Sel("new")).Send(cocoa.Sel("autorelease"))
		content.Send(cocoa.Sel("setTitle:"), cocoa.String(r.Title))
		content.Send(cocoa.Sel("setBody:"), cocoa.String(r.Body))
		if r.Sound {
			if class := objc.GetClass("UNNotificationSound"); class != 0 {
				content.Send(cocoa.Sel("setSound:"), cocoa.Ask(objc.ID(class), "defaultSound"))
			}
		}
		id := cmp.Or(r.ID, "vpnstatus") // an empty one raises an exception
		// Without a trigger it is shown at once.
		request := requestClass.Send(cocoa.Sel("requestWithIdentifier:content:trigger:"), cocoa.String(id), content, objc.ID(0))
		if request == 0 {
			r.done(errors.New("the system made no notification request"))
			return
		}
		block, err := blocks.Lend(func(err error) { n.sent(r, err) })
		if err != nil {
			r.done(err)
			return
		}
		n.center.Send(cocoa.Sel("addNotificationRequest:withCompletionHandler:"), request, block)
	})
}

// notifyDelegate makes notifications appear while the app is in front, and
// receives clicks. It is made once and kept.
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
