package ike

import (
	"bytes"
	"encoding/binary"
)

// Version is a version of the protocol, with what a server goes by when it chooses
// among its configurations: libreswan answers only a peer that offers the
// authentication of one.
type Version int

// The versions.
const (
	V2      Version = iota // IKEv2
	V1                     // IKEv1 with a shared secret or certificates, as L2TP uses it
	V1XAuth                // IKEv1 that asks for name and password too, as Cisco IPSec does
)

const (
	spiSize    = 8
	headerSize = 28

	// marker precedes an IKE message on port 4500, where it tells IKE from ESP,
	// whose first four bytes are never zero (RFC 3948, section 2.2).
	marker = "\x00\x00\x00\x00"
)

// Payload types, of IKEv1 and of IKEv2.
const (
	payloadNone      = 0
	payloadTransform = 3
	payloadV1SA      = 1
	payloadV2SA      = 33
	payloadV2KE      = 34
	payloadV2Nonce   = 40
)

const (
	exchangeMainMode = 2    // IKEv1: identity protection
	exchangeSAInit   = 34   // IKEv2
	flagInitiator    = 0x08 // IKEv2: from the original initiator

	protocolIKE = 1
	keyIKE      = 1 // IKEv1: the one transform of phase 1

	// groupModp2048 is the Diffie-Hellman group 14, whose public values have 256
	// bytes.
	groupModp2048 = 14
	publicSize    = 256
	nonceSize     = 32

	// noCipher is an encryption algorithm that nobody has: a number that is
	// unassigned in both versions. With one that a server has, a half-open
	// negotiation stays on it (3DES and L2TP on strongSwan, for 30 seconds).
	noCipher = 200
)

// randomSize is how many random bytes a question has.
const randomSize = spiSize + publicSize + nonceSize

// question returns the message that asks a server, without marker. The first
// eight of the random bytes are the initiator's SPI.
func question(v Version, random [randomSize]byte) []byte {
	spi, rest := random[:spiSize], random[spiSize:]
	var next, version, exchange, flags byte
	var body []byte
	switch v {
	case V1:
		next, version, exchange = payloadV1SA, 0x10, exchangeMainMode
		body = associationV1(authSecret, authRSA)
	case V1XAuth:
		next, version, exchange = payloadV1SA, 0x10, exchangeMainMode
		body = associationV1(authXAuthSecret, authXAuthRSA)
	default:
		next, version, exchange, flags = payloadV2SA, 0x20, exchangeSAInit, flagInitiator
		body = payload(payloadV2KE, proposalV2())
		key := append([]byte{0, groupModp2048, 0, 0}, rest[:publicSize]...)
		body = append(body, payload(payloadV2Nonce, key)...)
		body = append(body, payload(payloadNone, rest[publicSize:])...)
	}
	p := append(make([]byte, 0, headerSize+len(body)), spi...)
	p = append(p, make([]byte, spiSize)...) // the responder's SPI, not known yet
	p = append(p, next, version, exchange, flags)
	p = binary.BigEndian.AppendUint32(p, 0) // message ID
	p = binary.BigEndian.AppendUint32(p, uint32(headerSize+len(body)))
	return append(p, body...)
}

// payload returns a payload with its generic header, which proposals and
// transforms have too (RFC 7296, section 3.2; RFC 2408, section 3.2).
func payload(next byte, body []byte) []byte {
	p := binary.BigEndian.AppendUint16([]byte{next, 0}, uint16(4+len(body)))
	return append(p, body...)
}

// proposal returns a proposal of transforms, without an SPI (RFC 7296, section
// 3.3; RFC 2408, sections 3.5 and 3.6).
func proposal(transforms ...[]byte) []byte {
	body := []byte{1, protocolIKE, 0, byte(len(transforms))}
	for i, t := range transforms {
		next := byte(payloadTransform)
		if i == len(transforms)-1 {
			next = payloadNone
		}
		body = append(body, payload(next, t)...)
	}
	return payload(payloadNone, body)
}

// proposalV2 has the cipher that does not exist, and usual algorithms for the
// rest.
func proposalV2() []byte {
	transform := func(kind, id byte) []byte { return []byte{kind, 0, 0, id} }
	return proposal(
		transform(1, noCipher),
		transform(2, 5),  // PRF_HMAC_SHA2_256
		transform(3, 12), // AUTH_HMAC_SHA2_256_128
		transform(4, groupModp2048),
	)
}

// Authentication methods of IKEv1 (RFC 2409, appendix A). Those of XAuth are of
// draft-ietf-ipsec-isakmp-xauth-06.
const (
	authSecret      = 1
	authRSA         = 3
	authXAuthSecret = 65001
	authXAuthRSA    = 65005
)

// associationV1 returns an SA payload with one proposal, which has a transform
// for each authentication method.
func associationV1(methods ...uint16) []byte {
	transforms := make([][]byte, len(methods))
	for i, method := range methods {
		t := []byte{byte(i + 1), keyIKE, 0, 0}
		for _, attribute := range [][2]uint16{
			{1, noCipher}, {2, 2 /* SHA */}, {3, method}, {4, 2 /* group 2 */}, {11, 1 /* lifetime in seconds */}, {12, 28800},
		} {
			t = binary.BigEndian.AppendUint16(t, 0x8000|attribute[0])
			t = binary.BigEndian.AppendUint16(t, attribute[1])
		}
		transforms[i] = t
	}
	body := []byte{0, 0, 0, 1, 0, 0, 0, 1} // the domain of IPsec; identity only
	return payload(payloadNone, append(body, proposal(transforms...)...))
}

// answers reports whether a datagram, of which the first bytes are enough, is an
// answer to a question: an IKE message for its initiator's SPI, whatever it says.
// The question itself, sent back, is none. marked is whether messages have the
// marker of port 4500.
func answers(datagram, question []byte, marked bool) bool {
	if marked {
		var ok bool
		if datagram, ok = bytes.CutPrefix(datagram, []byte(marker)); !ok {
			return false
		}
	}
	return len(datagram) >= headerSize &&
		bytes.Equal(datagram[:spiSize], question[:spiSize]) &&
		!bytes.Equal(datagram[:headerSize], question[:headerSize])
}
