// What Swift cannot import of zlib: function-like macros.
// Every shim has the macro's name with a `causeway_` prefix and its meaning, nothing else.

#ifndef CAUSEWAY_CZLIB_SHIM_H
#define CAUSEWAY_CZLIB_SHIM_H

#include <zlib.h>

static inline int causeway_inflateInit2(z_stream *stream, int windowBits) {
    return inflateInit2(stream, windowBits);
}

#endif
