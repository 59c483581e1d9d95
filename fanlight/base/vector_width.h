// FL_EACH_VECTOR_WIDTH before a function has it compiled for several widths of the processor's vector registers; the best
// that the machine has is chosen when the program starts. For loops that the compiler makes vector code of, in files that
// are compiled with -O3.
#pragma once

// Sanitizers instrument what chooses among the forms before they are ready themselves.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FL_EACH_VECTOR_WIDTH __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define FL_EACH_VECTOR_WIDTH
#endif
