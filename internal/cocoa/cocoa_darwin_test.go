package cocoa

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
	"github.com/google/uuid"
)

const patience = 10 * time.Second // for a runner that is busy with other things

func TestEveryRequiredPartOfThisPackageIsThere(t *testing.T) {
	for _, p := range Presences() {
		if !p.Present && !strings.HasPrefix(p.For, "Test") && !p.Optional {
			t.Errorf("%s is missing", p.Part)
		}
	}
}

func TestMissingPartsAreErrorsThatNameThem(t *testing.T) {
	var f func()
	for _, err := range []error{Load("NoSuchFramework"), Bind(&f, "no_such_symbol")} {
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), "such") {
			t.Errorf("err = %v", err)
		}
	}
	if _, err := ClassNamed("NoSuchClass"); err == nil {
		t.Error("a class that does not exist was found")
	}
	if present(Part{Kind: Method, Name: "-[NSString noSuchSelector]"}) || !present(Part{Kind: Method, Name: "+[NSString string]"}) {
		t.Error("class and instance methods are confused")
	}
}

func TestTextRoundTrip(t *testing.T) {
	Pool(func() {
		for _, s := range []string{"", "Office", "Büro 東京 🙂", "with\x00nul", strings.Repeat("x", 10_000)} {
			if got, ok := Text(String(s)); !ok || got != s {
				t.Errorf("Text(String(%.20q)) = %.20q, %t", s, got, ok)
			}
		}
		if got, _ := Text(String("bad\xff")); got != "bad\uFFFD" {
			t.Errorf("invalid text came back as %q", got)
		}
	})
}

func TestWrongTypesAndNilHaveNoValue(t *testing.T) {
	Pool(func() {
		s := String("text")
		if _, ok := Text(0); ok {
			t.Error("nil is text")
		}
		if _, ok := Text(Data([]byte("x"))); ok {
			t.Error("data is text")
		}
		if _, ok := Bytes(s); ok {
			t.Error("text is data")
		}
		if _, ok := UUID(s); ok {
			t.Error("text is a UUID")
		}
		if Items(s) != nil || Items(0) != nil || Value(s, "k") != 0 || ErrorFrom(s) != nil || Ask(s, "noSuchSelector") != 0 || Ask(0, "length") != 0 {
			t.Error("a wrong type was taken")
		}
		if _, ok := AskBool(s, "noSuchSelector"); ok {
			t.Error("an unknown selector returned something")
		}
		if n, ok := AskInt(s, "length"); !ok || n != 4 {
			t.Errorf("length = %d, %t", n, ok)
		}
	})
}

func TestDataAndUUIDRoundTrip(t *testing.T) {
	Pool(func() {
		if b, ok := Bytes(Data([]byte{1, 0, 2})); !ok || !slices.Equal(b, []byte{1, 0, 2}) {
			t.Errorf("data = %v, %t", b, ok)
		}
		want := uuid.New()
		class, err := ClassNamed("NSUUID")
		if err != nil {
			t.Fatal(err)
		}
		id := class.Send(Sel("alloc")).Send(Sel("initWithUUIDString:"), String(want.String())).Send(Sel("autorelease"))
		if got, ok := UUID(id); !ok || got != want {
			t.Errorf("UUID = %v, %t, want %v", got, ok, want)
		}
	})
}

func TestNumbersAndConstants(t *testing.T) {
	Pool(func() {
		class, err := ClassNamed("NSNumber")
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := Int(class.Send(Sel("numberWithLongLong:"), int64(-1<<40))); !ok || n != -1<<40 {
			t.Errorf("number = %d, %t", n, ok)
		}
		if _, ok := Int(String("1")); ok {
			t.Error("text is a number")
		}
		domain, err := Constant("NSCocoaErrorDomain")
		if err != nil {
			t.Fatal(err)
		}
		if s, _ := Text(domain); s != "NSCocoaErrorDomain" {
			t.Errorf("constant = %q", s)
		}
		if _, err := Constant("NoSuchConstant"); err == nil {
			t.Error("a constant that does not exist was found")
		}
	})
}

func TestClassNamesRunUpToTheRoot(t *testing.T) {
	Pool(func() {
		names := ClassNames(String("x"))
		if len(names) < 2 || names[len(names)-1] != "NSObject" || !slices.Contains(names, "NSString") {
			t.Errorf("names = %v", names)
		}
	})
}

func TestTasksRunOnAQueueInOrder(t *testing.T) {
	q, err := NewQueue("org.vpnstatus.test")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan int, 1000)
	for i := range 1000 {
		q.Async(func() { got <- i })
	}
	for want := range 1000 {
		select {
		case i := <-got:
			if i != want {
				t.Fatalf("task %d ran when %d was due", i, want)
			}
		case <-time.After(patience):
			t.Fatalf("task %d did not run", want)
		}
	}
}

func TestAPanicInATaskStaysThere(t *testing.T) {
	q, err := NewQueue("org.vpnstatus.test.panic")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	q.Async(func() { panic("on purpose") })
	q.Async(func() { close(done) })
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the queue stopped")
	}
}

// Our blocks go through Apple's own dispatch_async, which copies, calls and
// releases them.
func TestBlocksSurviveCopyCallAndRelease(t *testing.T) {
	var asyncBlock func(queue uintptr, block *Block)
	if err := Bind(&asyncBlock, "dispatch_async"); err != nil {
		t.Fatal(err)
	}
	q, err := NewQueue("org.vpnstatus.test.blocks")
	if err != nil {
		t.Fatal(err)
	}
	var blocks *Blocks[chan<- int]
	blocks, err = NewBlocks[chan<- int](func(b *Block) {
		defer Guard("test block")
		if c, ok := blocks.GiveBack(b); ok {
			c <- 1
		}
	}, "v8@?0")
	if err != nil {
		t.Fatal(err)
	}
	var copyBlock func(*Block) *Block
	if err := Bind(&copyBlock, "_Block_copy"); err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		got := make(chan int, 1)
		b, err := blocks.Lend(got)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 && copyBlock(b) != b {
			t.Fatal("copying a global block gave another one")
		}
		asyncBlock(uintptr(q), b)
		select {
		case <-got:
		case <-time.After(patience):
			t.Fatalf("block %d was not called", i)
		}
	}
	if blocks.made > blockRest+2*blockChunk {
		t.Errorf("%d blocks were made", blocks.made)
	}
}

func TestABlockIsCalledWithItsArguments(t *testing.T) {
	var got []uintptr
	var blocks *Blocks[uintptr]
	blocks, err := NewBlocks[uintptr](func(b *Block, first, second uintptr) {
		defer Guard("test block")
		value, _ := blocks.Value(b)
		got = append(got, value, first, second)
	}, "v24@?0Q8Q16")
	if err != nil {
		t.Fatal(err)
	}
	b, err := blocks.Lend(5)
	if err != nil {
		t.Fatal(err)
	}
	CallBlock(objc.Block(uintptr(unsafe.Pointer(b))), 6, 7)
	CallBlock(0, 8)
	if !slices.Equal(got, []uintptr{5, 6, 7}) {
		t.Errorf("called with %v", got)
	}
}

// The address a callback is reached by must not be that of a Go function.
func TestACallbackFromCReturnsItsResult(t *testing.T) {
	var qsort func(base *int32, n, width uintptr, compare uintptr)
	if err := Bind(&qsort, "qsort"); err != nil {
		t.Fatal(err)
	}
	list := []int32{3, 1, 2}
	qsort(&list[0], 3, 4, purego.NewCallback(func(a, b *int32) int32 { return *a - *b }))
	if !slices.Equal(list, []int32{1, 2, 3}) {
		t.Errorf("sorted = %v", list)
	}
}

func TestPropertyListsAsGoValues(t *testing.T) {
	Pool(func() {
		number, err := ClassNamed("NSNumber")
		if err != nil {
			t.Fatal(err)
		}
		class, err := ClassNamed("NSDictionary")
		if err != nil {
			t.Fatal(err)
		}
		list := List(
			String("x"), number.Send(Sel("numberWithLongLong:"), int64(7)), number.Send(Sel("numberWithBool:"), true),
			number.Send(Sel("numberWithDouble:"), 0.5), Data([]byte{1}), List(), 0,
		)
		got, ok := Tree(class.Send(Sel("dictionaryWithObject:forKey:"), list, String("k"))).(map[string]any)
		if !ok {
			t.Fatal("no dictionary")
		}
		want := map[string]any{"k": []any{"x", int64(7), true, 0.5, []byte{1}, []any{}}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%#v, want %#v", got, want)
		}
		if Tree(0) != nil || Tree(number) != nil {
			t.Error("something is made of nothing")
		}
	})
}

// deep is a list in a list in a list …, and whether a text lies in the last.
func deep(v any) (levels int, text bool) {
	for {
		list, _ := v.([]any)
		if list == nil {
			_, text = v.(string)
			return levels, text
		}
		levels++
		if v = nil; len(list) > 0 {
			v = list[0]
		}
	}
}

func TestAPropertyListIsReadAsFarAsItsBounds(t *testing.T) {
	Pool(func() {
		lists := func(levels, each int) objc.ID {
			id := String("end")
			for range levels {
				id = List(slices.Repeat([]objc.ID{id}, each)...)
			}
			return id
		}
		if levels, text := deep(Tree(lists(100, 1))); levels != 100 || !text {
			t.Errorf("of 100 levels %d are read, the text %t", levels, text)
		}
		if levels, text := deep(Tree(lists(200, 1))); levels != maxDepth || text {
			t.Errorf("of 200 levels %d are read, the text %t", levels, text)
		}
		// Unfolded it would be 10^40 texts.
		if _, ok := Tree(lists(40, 10)).([]any); !ok {
			t.Error("a list that holds itself many times is not read at all")
		}
	})
}
