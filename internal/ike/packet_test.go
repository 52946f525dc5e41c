package ike

import (
	"bytes"
	"encoding/hex"
	"testing"

	"vpnstatus/internal/golden"
)

func sample(v Version) []byte {
	var random [randomSize]byte
	for i := range random {
		random[i] = byte(i)
	}
	return question(v, random)
}

func TestTheQuestionsAreThosePackets(t *testing.T) {
	for name, v := range map[string]Version{"ikev2": V2, "ikev1": V1, "ikev1 xauth": V1XAuth} {
		golden.Check(t, name+".txt", hex.Dump(sample(v)))
	}
}

// recorded are answers of real servers to questions whose SPI was the first eight
// bytes.
var recorded = []struct {
	name   string
	hex    string
	marked bool
}{
	{"strongSwan 5.9.8, IKEv2", "6e9715eca83a66310000000000000000292022200000000000000024000000080000000e", false},
	{"strongSwan 5.9.8, IKEv2, port 4500", "0000000012e815f86da67fa40000000000000000292022200000000000000024000000080000000e", true},
	{"strongSwan 5.9.8, IKEv1", "a5a7bc4257dcd464b91ec1de7e5dadb00b100500b19c0807000000380000001c000000010110000ea5a7bc4257dcd464b91ec1de7e5dadb0", false},
	{"libreswan 4.10, IKEv2", "ee9f2e3ec1049064a65ff03e7d7f3855292022200000000000000024000000080000000e", false},
	{"libreswan 4.10, IKEv1", "bee9012ad481940100000000000000000b10050000000000000000280000000c000000010100000e", false},
	{"libreswan 4.10, IKEv2, port 4500", "00000000d178277af2959b14c5ad34c9547fe6e5292022200000000000000024000000080000000e", true},
}

func TestAnswersOfRealServersCount(t *testing.T) {
	for _, r := range recorded {
		datagram, err := hex.DecodeString(r.hex)
		if err != nil {
			t.Fatal(err)
		}
		asked := sample(V2)
		if answers(datagram, asked, r.marked) {
			t.Errorf("%s: it counts for another SPI", r.name)
		}
		copy(asked[:spiSize], bytes.TrimPrefix(datagram, []byte(marker)))
		if !answers(datagram, asked, r.marked) {
			t.Errorf("%s: it does not count", r.name)
		}
		if answers(datagram, asked, !r.marked) {
			t.Errorf("%s: it counts on the other port", r.name)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	for _, r := range recorded {
		datagram, err := hex.DecodeString(r.hex)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(datagram, r.marked)
	}
	asked := sample(V2)
	f.Add(asked, false)
	f.Add(append([]byte(marker), asked...), true)
	f.Add([]byte{}, true)
	f.Add([]byte{0xff}, true) // a keepalive of port 4500
	f.Fuzz(func(t *testing.T, datagram []byte, marked bool) {
		got := answers(datagram, asked, marked)
		if marked {
			if len(datagram) < len(marker) || string(datagram[:len(marker)]) != marker {
				if got {
					t.Error("a datagram without marker counts on port 4500")
				}
				return
			}
			datagram = datagram[len(marker):]
		}
		if got && (len(datagram) < headerSize || !bytes.HasPrefix(datagram, asked[:spiSize]) || bytes.HasPrefix(datagram, asked)) {
			t.Errorf("this counts: %x", datagram)
		}
		if !got && len(datagram) >= headerSize && bytes.HasPrefix(datagram, asked[:spiSize]) && !bytes.HasPrefix(datagram, asked[:headerSize]) {
			t.Errorf("this does not count: %x", datagram)
		}
		// The rest of a datagram, which is not read, changes nothing.
		if len(datagram) > headerSize && !marked && answers(datagram[:headerSize], asked, false) != got {
			t.Error("it depends on what follows the header")
		}
	})
}
