package update

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// With an answer from a trusted server see server_other_test.go.
func TestAServerThatNobodyTrustsIsRefused(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") }))
	defer server.Close()
	got, err := Check(t.Context(), "1.0.0", Options{Repository: "owner/name", API: server.URL})
	if err == nil || got != (Result{}) || !strings.Contains(err.Error(), "owner/name") || !strings.Contains(err.Error(), "NSURLErrorDomain") {
		t.Errorf("%+v, %v", got, err)
	}
}
