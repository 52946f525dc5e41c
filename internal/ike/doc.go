// Package ike asks an IKE server whether it is there, with one small UDP packet
// that leaves nothing behind.
//
// The question is the first message of a negotiation whose one proposal names an
// encryption algorithm that does not exist. A server refuses it like that of a
// peer with which it has no algorithm in common, and forgets it: a usual proposal
// would leave a half-open negotiation on the server. The formats are those of
// RFC 7296 (sections 1.2, 2.5, 2.21.1, 3.1 to 3.4 and 3.10.1) for IKEv2, and of
// RFC 2408 and 2409 for IKEv1.
//
// What real servers answer is in docs/ike.md.
package ike
