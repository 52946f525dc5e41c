package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"
	"unsafe"

	"github.com/ebitengine/purego/objc"

	"vpnstatus/internal/cocoa"
)

// NSURLSession (docs/internals.md, section 8).
const (
	feature = "Web requests"

	reloadIgnoringCache = uint(1) // NSURLRequestReloadIgnoringLocalCacheData

	// loaderGrace: the context ends a question, the loader's own clock only one
	// that everybody has forgotten.
	loaderGrace = time.Second
	// loaderTime is for a context without a deadline.
	loaderTime = time.Minute
)

func init() {
	cocoa.Require(cocoa.Framework, feature, "Foundation")
	cocoa.Require(cocoa.Class, feature, "NSURL", "NSURLSession", "NSURLSessionConfiguration", "NSMutableURLRequest", "NSHTTPURLResponse", "NSDictionary")
	// Methods of instances are looked for where they are sent: those of these
	// classes are private subclasses.
	cocoa.Require(cocoa.Method, feature, "+[NSURL URLWithString:]", "+[NSMutableURLRequest requestWithURL:]",
		"+[NSURLSessionConfiguration ephemeralSessionConfiguration]", "+[NSURLSession sessionWithConfiguration:delegate:delegateQueue:]")
}

var missing = sync.OnceValue(func() error {
	if list := cocoa.Missing(feature); len(list) > 0 {
		return fmt.Errorf("this system lacks %s", cocoa.Words(list))
	}
	return nil
})

// exchanges finds the question by its delegate object. An address is not used
// again while the object is alive, so a callback finds its own question or none.
var exchanges sync.Map // objc.ID -> *exchange

// load makes a session and a delegate for this one question.
//
// Who owns what: the session is retained here and released at the end. It
// retains the delegate until it is invalidated, so the delegate's first
// reference is given up as soon as the session has it; its address remains the
// key in exchanges until the session is done with. Session and loader own the
// task, copies of the configuration and of the request. The rest is autoreleased.
func load(ctx context.Context, r Request, u *url.URL) (Response, error) {
	if err := missing(); err != nil {
		return Response{}, &NotAskedError{err}
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, loaderTime)
		defer cancel()
	}
	x := newExchange(r)
	var session, delegate objc.ID
	var err error
	cocoa.Pool(func() { session, delegate, err = start(ctx, x, u) })
	if err != nil {
		return Response{}, &NotAskedError{err}
	}
	answer, err := x.wait(ctx)
	exchanges.Delete(delegate)
	cocoa.Pool(func() { invalidate(session) })
	return answer, err
}

func invalidate(session objc.ID) {
	if cocoa.RespondsTo(session, "invalidateAndCancel") {
		session.Send(cocoa.Sel("invalidateAndCancel"))
	}
	session.Send(cocoa.Sel("release"))
}

// start sends the question. The session is retained for the caller.
func start(ctx context.Context, x *exchange, u *url.URL) (session, delegate objc.ID, err error) {
	deadline, _ := ctx.Deadline() // load has seen to it
	patience := max(time.Until(deadline), 0) + loaderGrace
	request, err := newRequest(x.request, u, patience)
	if err != nil {
		return 0, 0, err
	}
	configuration, err := newConfiguration(x.request, patience)
	if err != nil {
		return 0, 0, err
	}
	class, err := delegateClass()
	if err != nil {
		return 0, 0, fmt.Errorf("making the loader's delegate: %w", err)
	}
	sessionClass, err := cocoa.ClassNamed("NSURLSession")
	if err != nil {
		return 0, 0, err
	}
	if delegate = objc.ID(class).Send(cocoa.Sel("new")); delegate == 0 {
		return 0, 0, errors.New("the loader's delegate can't be made")
	}
	defer delegate.Send(cocoa.Sel("release"))
	// No queue: the session makes a serial one.
	session = sessionClass.Send(cocoa.Sel("sessionWithConfiguration:delegate:delegateQueue:"), configuration, delegate, objc.ID(0))
	if session == 0 {
		return 0, 0, errors.New("the system makes no session")
	}
	session.Send(cocoa.Sel("retain"))
	var task objc.ID
	if cocoa.RespondsTo(session, "dataTaskWithRequest:") {
		task = session.Send(cocoa.Sel("dataTaskWithRequest:"), request)
	}
	if !cocoa.RespondsTo(task, "resume") {
		invalidate(session)
		return 0, 0, &cocoa.MissingError{Kind: cocoa.Method, Name: "-[NSURLSession dataTaskWithRequest:], or resume of what it returns"}
	}
	exchanges.Store(delegate, x)
	task.Send(cocoa.Sel("resume"))
	return session, delegate, nil
}

// newRequest returns an NSMutableURLRequest, autoreleased.
func newRequest(r Request, u *url.URL, patience time.Duration) (objc.ID, error) {
	urlClass, err := cocoa.ClassNamed("NSURL")
	if err != nil {
		return 0, err
	}
	requestClass, err := cocoa.ClassNamed("NSMutableURLRequest")
	if err != nil {
		return 0, err
	}
	address := urlClass.Send(cocoa.Sel("URLWithString:"), cocoa.String(u.String()))
	if address == 0 {
		return 0, errors.New("the system can't read the URL")
	}
	request := requestClass.Send(cocoa.Sel("requestWithURL:"), address)
	if request == 0 {
		return 0, errors.New("the system makes no request of the URL")
	}
	set(request, "setCachePolicy:", reloadIgnoringCache)
	set(request, "setTimeoutInterval:", patience.Seconds())
	set(request, "setHTTPShouldHandleCookies:", false)
	for name, value := range r.Header {
		if !cocoa.RespondsTo(request, "setValue:forHTTPHeaderField:") {
			return 0, &cocoa.MissingError{Kind: cocoa.Method, Name: "-[NSMutableURLRequest setValue:forHTTPHeaderField:]"}
		}
		request.Send(cocoa.Sel("setValue:forHTTPHeaderField:"), cocoa.String(value), cocoa.String(name))
	}
	return request, nil
}

// newConfiguration returns an NSURLSessionConfiguration, autoreleased.
func newConfiguration(r Request, patience time.Duration) (objc.ID, error) {
	class, err := cocoa.ClassNamed("NSURLSessionConfiguration")
	if err != nil {
		return 0, err
	}
	c := class.Send(cocoa.Sel("ephemeralSessionConfiguration"))
	if c == 0 {
		return 0, errors.New("the system makes no session configuration")
	}
	set(c, "setRequestCachePolicy:", reloadIgnoringCache)
	set(c, "setURLCache:", objc.ID(0))
	set(c, "setHTTPCookieStorage:", objc.ID(0))
	set(c, "setHTTPShouldSetCookies:", false)
	set(c, "setURLCredentialStorage:", objc.ID(0))
	set(c, "setTimeoutIntervalForRequest:", patience.Seconds())
	set(c, "setTimeoutIntervalForResource:", patience.Seconds())
	if r.Direct {
		// nil would be the system's proxies; a dictionary without entries is none.
		none, err := cocoa.ClassNamed("NSDictionary")
		if err != nil {
			return 0, err
		}
		if !set(c, "setConnectionProxyDictionary:", none.Send(cocoa.Sel("dictionary"))) {
			return 0, &cocoa.MissingError{Kind: cocoa.Method, Name: "-[NSURLSessionConfiguration setConnectionProxyDictionary:]"}
		}
	}
	return c, nil
}

// set sets a property; done is false where the object has none of that name.
func set(id objc.ID, selector string, value any) (done bool) {
	if !cocoa.RespondsTo(id, selector) {
		return false
	}
	id.Send(cocoa.Sel(selector), value)
	return true
}

// delegateClass is the class whose objects hear of a task. Its methods come on
// the session's queue, one after the other.
var delegateClass = sync.OnceValues(func() (objc.Class, error) {
	var protocols []*objc.Protocol
	if p := objc.GetProtocol("NSURLSessionDataDelegate"); p != nil {
		protocols = append(protocols, p)
	}
	return objc.RegisterClass("VPNStatusWebDelegate", objc.GetClass("NSObject"), protocols, nil, []objc.MethodDef{
		{Cmd: cocoa.Sel("URLSession:task:willPerformHTTPRedirection:newRequest:completionHandler:"), Fn: redirected},
		{Cmd: cocoa.Sel("URLSession:dataTask:didReceiveData:"), Fn: received},
		{Cmd: cocoa.Sel("URLSession:task:didCompleteWithError:"), Fn: completed},
	})
})

func exchangeOf(delegate objc.ID) *exchange {
	v, _ := exchanges.Load(delegate)
	x, _ := v.(*exchange)
	return x
}

// redirected must call the block once in any case: with the request to follow,
// or with nil.
func redirected(self objc.ID, _ objc.SEL, _, _, response, request objc.ID, done objc.Block) {
	defer cocoa.Guard("redirect of a web request")
	var next objc.ID
	defer func() { cocoa.CallBlock(done, uintptr(next)) }()
	x := exchangeOf(self)
	if x == nil {
		return
	}
	cocoa.Pool(func() {
		target, _ := cocoa.Text(cocoa.Ask(cocoa.Ask(request, "URL"), "absoluteString"))
		if x.redirect(statusOf(response), target) {
			next = request
		}
	})
}

func received(self objc.ID, _ objc.SEL, _, task, data objc.ID) {
	defer cocoa.Guard("answer to a web request")
	x := exchangeOf(self)
	if x == nil {
		return
	}
	cocoa.Pool(func() {
		if !cocoa.IsKind(data, "NSData") {
			return
		}
		n := objc.Send[uint](data, cocoa.Sel("length"))
		piece := make([]byte, min(n, uint(x.room())))
		if len(piece) > 0 {
			data.Send(cocoa.Sel("getBytes:length:"), unsafe.Pointer(&piece[0]), uint(len(piece)))
		}
		x.data(statusOf(cocoa.Ask(task, "response")), piece, n > uint(len(piece)))
	})
}

func completed(self objc.ID, _ objc.SEL, _, task, failure objc.ID) {
	defer cocoa.Guard("end of a web request")
	x := exchangeOf(self)
	if x == nil {
		return
	}
	cocoa.Pool(func() { x.end(statusOf(cocoa.Ask(task, "response")), loadError(cocoa.ErrorFrom(failure))) })
}

// statusOf is 0 for nil and for what is no answer by HTTP.
func statusOf(response objc.ID) int {
	if !cocoa.IsKind(response, "NSHTTPURLResponse") {
		return 0
	}
	status, _ := cocoa.AskInt(response, "statusCode")
	return status
}
