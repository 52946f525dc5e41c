/* The part of Apple's libffi that darwinkit uses, for the two Mac architectures.
 * The layouts and numbers must be the system's own: darwinkit allocates
 * ffi_cif in Go memory, and a field too few lets libffi write past its end. */
#ifndef STUBSDK_FFI_H
#define STUBSDK_FFI_H
#include <stddef.h>

#define FFI_TYPE_STRUCT 13

typedef unsigned long ffi_arg;

typedef struct _ffi_type {
	size_t size;
	unsigned short alignment;
	unsigned short type;
	struct _ffi_type **elements;
} ffi_type;

typedef enum {
	FFI_OK = 0,
	FFI_BAD_TYPEDEF,
	FFI_BAD_ABI,
	FFI_BAD_ARGTYPE
} ffi_status;

#ifdef __arm64__
typedef enum ffi_abi {
	FFI_FIRST_ABI = 0,
	FFI_SYSV,
	FFI_LAST_ABI,
	FFI_DEFAULT_ABI = FFI_SYSV
} ffi_abi;
#else
typedef enum ffi_abi {
	FFI_FIRST_ABI = 1,
	FFI_UNIX64,
	FFI_WIN64,
	FFI_GNUW64,
	FFI_LAST_ABI,
	FFI_DEFAULT_ABI = FFI_UNIX64
} ffi_abi;
#endif

typedef struct {
	ffi_abi abi;
	unsigned nargs;
	ffi_type **arg_types;
	ffi_type *rtype;
	unsigned bytes;
	unsigned flags;
#ifdef __arm64__
	unsigned aarch64_nfixedargs; /* Apple's arm64 alone has it */
#endif
} ffi_cif;

typedef struct {
#ifdef __arm64__
	void *trampoline_table;
	void *trampoline_table_entry;
#else
	char tramp[24];
#endif
	ffi_cif *cif;
	void (*fun)(ffi_cif *, void *, void **, void *);
	void *user_data;
} __attribute__((aligned(8))) ffi_closure;

extern ffi_type ffi_type_void, ffi_type_pointer, ffi_type_float, ffi_type_double;
extern ffi_type ffi_type_uint8, ffi_type_uint16, ffi_type_uint32, ffi_type_uint64;
extern ffi_type ffi_type_sint8, ffi_type_sint16, ffi_type_sint32, ffi_type_sint64;

ffi_status ffi_prep_cif(ffi_cif *, ffi_abi, unsigned, ffi_type *, ffi_type **);
void ffi_call(ffi_cif *, void *, void *, void **);
void *ffi_closure_alloc(size_t, void **);
void ffi_closure_free(void *);
ffi_status ffi_prep_closure_loc(ffi_closure *, ffi_cif *, void (*)(ffi_cif *, void *, void **, void *), void *, void *);

#endif
