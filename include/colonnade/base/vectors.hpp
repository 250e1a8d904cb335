#pragma once

/// Compiles a function once for each width of vector; the processor that runs it chooses. The bits
/// are the same in all: nothing is contracted or reordered, and no library function is called.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define COLONNADE_VECTOR_WIDTHS \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define COLONNADE_VECTOR_WIDTHS
#endif
