package appbuild

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"fmt"
	"os"
)

// sliceAlign is log2 of the alignment of a program within a universal file: the
// larger of the two page sizes, for both.
const sliceAlign = 14

// Universal writes one file holding the given programs, each for another
// architecture. Their bytes, and so their signatures, stay as they are.
func Universal(out string, programs ...string) error {
	type fatArch struct{ CPU, SubCPU, Offset, Size, Align uint32 }
	var table []fatArch
	var body bytes.Buffer
	header := 8 + 20*len(programs)
	for _, path := range programs {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := macho.NewFile(bytes.NewReader(text))
		if err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
		for _, other := range table {
			if other.CPU == uint32(f.Cpu) {
				return fmt.Errorf("%s is for %v, as another of the programs", path, f.Cpu)
			}
		}
		end := header + body.Len()
		start := (end + 1<<sliceAlign - 1) &^ (1<<sliceAlign - 1)
		body.Write(make([]byte, start-end))
		body.Write(text)
		table = append(table, fatArch{uint32(f.Cpu), f.SubCpu, uint32(start), uint32(len(text)), sliceAlign})
	}
	var all bytes.Buffer
	for _, v := range []any{uint32(macho.MagicFat), uint32(len(table)), table} {
		if err := binary.Write(&all, binary.BigEndian, v); err != nil {
			return err
		}
	}
	all.Write(body.Bytes())
	return write(out, all.Bytes(), 0o755)
}
