package http1

import "strconv"

// The status codes that the control socket uses (RFC 9110, section 15).
const (
	StatusOK                 = 200
	StatusBadRequest         = 400
	StatusForbidden          = 403
	StatusNotFound           = 404
	StatusMethodNotAllowed   = 405
	StatusRequestTimeout     = 408
	StatusConflict           = 409
	StatusContentTooLarge    = 413
	StatusUpgradeRequired    = 426
	StatusHeaderTooLarge     = 431
	StatusInternalError      = 500
	StatusNotImplemented     = 501
	StatusServiceUnavailable = 503
	StatusVersion            = 505
)

var reasons = map[int]string{
	StatusOK: "OK", StatusBadRequest: "Bad Request", StatusForbidden: "Forbidden", StatusNotFound: "Not Found",
	StatusMethodNotAllowed: "Method Not Allowed", StatusRequestTimeout: "Request Timeout", StatusConflict: "Conflict",
	StatusContentTooLarge: "Content Too Large", StatusUpgradeRequired: "Upgrade Required",
	StatusHeaderTooLarge: "Request Header Fields Too Large", StatusInternalError: "Internal Server Error",
	StatusNotImplemented: "Not Implemented", StatusServiceUnavailable: "Service Unavailable",
	StatusVersion: "HTTP Version Not Supported",
}

// Reason returns the usual words for a status, "" for others than those above.
func Reason(status int) string { return reasons[status] }

func statusLine(status int) string {
	return "HTTP/1.1 " + strconv.Itoa(status) + " " + Reason(status) + "\r\n"
}
