package vpn

// causeRow is what is known about one code of one family.
type causeRow struct {
	words       string
	disposition Disposition
	topic       Topic // of NeedsUser, RetryOnce and RetrySlower
	silent      bool  // see Cause.Silent

	// FamilyVPN only.
	name               string // see NamedCause
	public             int    // the code of NEVPNConnectionErrorDomain that Apple maps it to; 0 if none
	ipsec, ppp, device int    // the code that Cisco IPSec and L2TP give for it, or the nearest; 0 if none
}

// causes is the one table of what can end a connection: the text and the disposition
// of each cause. The codes are those of docs/internals.md, section 2. Code 0, which
// means that no cause was given, is not included. The IPSec and PPP columns are
// inferred where Apple has no code of the same meaning.
var causes = map[Family]map[int]causeRow{
	FamilyVPN: {
		1:  {words: "it was stopped by the user or an app", disposition: Stopped, name: "user", ppp: 5},
		2:  {words: "the Mac slept too long", disposition: RetryExpected, name: "overslept", public: 1, ipsec: 15, ppp: 21, device: 6}, // by now the Mac is awake
		3:  {words: "the VPN app ended the connection", disposition: Retry, name: "provider", ipsec: 1, ppp: 1},                        // apps also end sessions that they want restarted
		4:  {words: "no network was available", disposition: AwaitNetwork, name: "no-network", public: 2, ipsec: 6, ppp: 8, device: 1},
		5:  {words: "the network changed and the connection could not follow", disposition: Retry, name: "network-change", ipsec: 15, ppp: 21, device: 6},
		6:  {words: "the VPN app is disabled or not installed", disposition: NeedsUser, topic: TopicPlugin, name: "provider-missing", public: 14, ipsec: 8, ppp: 4},
		7:  {words: "the VPN app's extension failed", disposition: RetrySlower, topic: TopicPlugin, name: "provider-failed", public: 12, ipsec: 8, ppp: 1},
		8:  {words: "the password prompt was cancelled", disposition: NeedsUser, topic: TopicPrompt, name: "auth-cancelled", ipsec: 14, ppp: 5}, // each attempt would open the dialog again
		9:  {words: "the Mac went to sleep", disposition: AwaitWake, name: "sleep", ppp: 16},
		10: {words: "the configuration is wrong", disposition: NeedsUser, topic: TopicConfiguration, name: "configuration", public: 4, ipsec: 7, ppp: 2},
		11: {words: "the password prompt was not answered in time", disposition: RetryOnce, topic: TopicPrompt, name: "auth-timeout", ipsec: 14, ppp: 19},
		12: {words: "the tunnel did not come up in time", disposition: Retry, silent: true, name: "tunnel-timeout", ipsec: 9, ppp: 8, device: 2},
		13: {words: "the tunnel was not re-established in time", disposition: Retry, name: "reassert-timeout", ipsec: 15, ppp: 21, device: 6},
		14: {words: "it must be started from its own app", disposition: NeedsUser, topic: TopicApp},
		15: {words: "the configuration has no server address", disposition: NeedsUser, topic: TopicConfiguration},
		16: {words: "the server address is not valid", disposition: NeedsUser, topic: TopicConfiguration},
		17: {words: "the server's name was not found", disposition: Retry, silent: true, name: "name-not-found", public: 5, ipsec: 5, ppp: 8, device: 1},
		18: {words: "the negotiation with the server failed", disposition: RetrySlower, topic: TopicNegotiation, name: "negotiation", ipsec: 10, ppp: 10},
		19: {words: "it was idle for too long", disposition: RetryExpected, name: "idle", ipsec: 19, ppp: 12},
		20: {words: "the server did not respond", disposition: Retry, silent: true, name: "not-responding", public: 6, ipsec: 9, ppp: 8, device: 2},
		21: {words: "the server ended the connection", disposition: Retry, name: "server-terminated", ipsec: 16, ppp: 16},
		22: {words: "the server is going down", disposition: Retry, silent: true, name: "server-dead", public: 7, ipsec: 17, ppp: 15},
		23: {words: "the user name or password was rejected", disposition: RetryOnce, topic: TopicCredentials, name: "auth-failed", public: 8, ipsec: 14, ppp: 19},
		24: {words: "the client certificate is missing", disposition: NeedsUser, topic: TopicCertificate},
		25: {words: "the client certificate is not valid", disposition: NeedsUser, topic: TopicCertificate, name: "certificate-invalid", public: 9, ipsec: 13, ppp: 8, device: 8},
		26: {words: "the client certificate is not valid yet", disposition: NeedsUser, topic: TopicCertificate, public: 10},
		27: {words: "the client certificate has expired", disposition: NeedsUser, topic: TopicCertificate, name: "certificate-expired", ipsec: 21, ppp: 8, device: 8},
		28: {words: "the server's certificate is not valid", disposition: NeedsUser, topic: TopicServerCertificate, name: "server-certificate-invalid", ipsec: 12, ppp: 11},
		29: {words: "the server's certificate is not valid yet", disposition: NeedsUser, topic: TopicServerCertificate},
		30: {words: "the server's certificate has expired", disposition: NeedsUser, topic: TopicServerCertificate, public: 11},
		31: {words: "the configuration is disabled", disposition: NeedsUser, topic: TopicDisabled, name: "disabled"},
		32: {words: "the configuration was removed", disposition: NeedsUser, topic: TopicRemoved, name: "removed"},
		33: {words: "another configuration took its place", disposition: AwaitOthers, name: "superseded"},
		34: {words: "the user logged out", disposition: AwaitSession, name: "logout"},
		35: {words: "another user took over the screen", disposition: AwaitSession, name: "user-switch"},
		36: {words: "it was restarted with other credentials", disposition: RetryExpected},
		37: {words: "the configuration was changed", disposition: RetryExpected, name: "changed"},
		38: {words: "the configuration was not found", disposition: NeedsUser, topic: TopicRemoved, public: 13},
		39: {words: "an on-demand rule disconnected it", disposition: AwaitOtherNetwork, name: "on-demand-rule"},
		40: {words: "the VPN app is being updated", disposition: RetryExpected, name: "app-update"},
		41: {words: "preparing the network took too long", disposition: Retry},
	},
	FamilyIPSec: {
		1:  {words: "an error without further explanation", disposition: Retry},
		2:  {words: "the configuration has no server address", disposition: NeedsUser, topic: TopicConfiguration},
		3:  {words: "the configuration has no shared secret", disposition: NeedsUser, topic: TopicSecret},
		4:  {words: "the configuration has no certificate", disposition: NeedsUser, topic: TopicCertificate},
		5:  {words: "the server's name was not found", disposition: Retry, silent: true},
		6:  {words: "no network was available", disposition: AwaitNetwork},
		7:  {words: "the configuration is wrong", disposition: NeedsUser, topic: TopicConfiguration},
		8:  {words: "the system's IPSec service could not be reached", disposition: RetrySlower, topic: TopicPlugin},
		9:  {words: "the connection failed", disposition: Retry, silent: true},
		10: {words: "the negotiation with the server failed", disposition: RetrySlower, topic: TopicNegotiation},
		11: {words: "the shared secret was rejected", disposition: RetryOnce, topic: TopicCredentials},
		12: {words: "the server's certificate is not valid", disposition: NeedsUser, topic: TopicServerCertificate},
		13: {words: "the client certificate is not valid", disposition: NeedsUser, topic: TopicCertificate},
		14: {words: "the user name or password was rejected", disposition: RetryOnce, topic: TopicCredentials},
		15: {words: "the network changed and the connection could not follow", disposition: Retry},
		16: {words: "the server ended the connection", disposition: Retry},
		17: {words: "the server stopped responding", disposition: Retry, silent: true},
		18: {words: "the network's own gateway was not ready", disposition: Retry},
		19: {words: "it was idle for too long", disposition: RetryExpected},
		20: {words: "the client certificate is not valid yet", disposition: NeedsUser, topic: TopicCertificate},
		21: {words: "the client certificate has expired", disposition: NeedsUser, topic: TopicCertificate},
		22: {words: "the server's certificate is not valid yet", disposition: NeedsUser, topic: TopicServerCertificate},
		23: {words: "the server's certificate has expired", disposition: NeedsUser, topic: TopicServerCertificate},
		24: {words: "the server's certificate names another server", disposition: NeedsUser, topic: TopicServerCertificate},
	},
	FamilyPPP: {
		1:  {words: "a fatal error", disposition: Retry},
		2:  {words: "an option in the configuration is wrong", disposition: NeedsUser, topic: TopicConfiguration},
		3:  {words: "the PPP service lacks the rights it needs", disposition: NeedsUser, topic: TopicSystem},
		4:  {words: "the system lacks PPP support", disposition: NeedsUser, topic: TopicSystem},
		5:  {words: "it was stopped by the user or an app", disposition: Stopped},
		6:  {words: "the device is locked by another connection", disposition: Retry}, // until the other connection releases it
		7:  {words: "the device could not be opened", disposition: RetrySlower, topic: TopicPlugin},
		8:  {words: "the connection to the server failed", disposition: Retry}, // see deviceCauses
		9:  {words: "the helper command failed", disposition: RetrySlower, topic: TopicPlugin},
		10: {words: "the negotiation with the server failed", disposition: RetrySlower, topic: TopicNegotiation},
		11: {words: "the server could not be authenticated", disposition: RetrySlower, topic: TopicNegotiation},
		12: {words: "it was idle for too long", disposition: RetryExpected},
		13: {words: "the time limit of the connection was reached", disposition: RetryExpected},
		14: {words: "the server wants to call back", disposition: NeedsUser, topic: TopicConfiguration},
		15: {words: "the server stopped responding", disposition: Retry, silent: true},
		16: {words: "the server ended the connection", disposition: Retry},
		17: {words: "the connection loops back to this Mac", disposition: RetrySlower, topic: TopicNegotiation},
		18: {words: "the device could not be prepared", disposition: RetrySlower, topic: TopicPlugin},
		19: {words: "the user name or password was rejected", disposition: RetryOnce, topic: TopicCredentials},
		20: {words: "the terminal script failed", disposition: RetrySlower, topic: TopicNegotiation},
		21: {words: "the underlying device reported an error", disposition: Retry}, // see deviceCauses
		22: {words: "the server is not authorised", disposition: RetryOnce, topic: TopicCredentials},
		23: {words: "the Common Name ID authentication failed", disposition: RetryOnce, topic: TopicCredentials},
		24: {words: "the server could not be reached", disposition: Retry, silent: true},
	},
}

// deviceCauses are the causes that the L2TP layer gives below PPP. They count
// where PPP only says that the layer below failed.
var deviceCauses = map[int]causeRow{
	1: {words: "the server could not be reached", disposition: Retry, silent: true},
	2: {words: "the server did not respond", disposition: Retry, silent: true},
	5: {words: "the server speaks another protocol", disposition: RetrySlower, topic: TopicNegotiation},
	6: {words: "the network changed and the connection could not follow", disposition: Retry},
	7: {words: "the IPSec shared secret is missing", disposition: NeedsUser, topic: TopicSecret},
	8: {words: "the configuration has no certificate", disposition: NeedsUser, topic: TopicCertificate},
}
