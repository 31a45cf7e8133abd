#ifndef CAUSEWAY_COPENSSL_SHIM_H
#define CAUSEWAY_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#endif
