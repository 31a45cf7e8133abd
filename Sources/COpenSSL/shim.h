// What Swift cannot import of OpenSSL 3.0: function-like macros, and options built from them.
// Every shim has the macro's name with a `causeway_` prefix and its meaning, nothing else.

#ifndef CAUSEWAY_COPENSSL_SHIM_H
#define CAUSEWAY_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// SSL_OP_* are made by SSL_OP_BIT(n) since 3.0.
static const uint64_t causeway_SSL_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t causeway_SSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t causeway_SSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t causeway_SSL_OP_PRIORITIZE_CHACHA = SSL_OP_PRIORITIZE_CHACHA;

// A cast in its definition keeps this one out. Names are written as RFC 2253 has it, with UTF-8 left as it is.
static const unsigned long causeway_XN_FLAG_RFC2253_UTF8 = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;

static inline int causeway_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}

static inline int causeway_SSL_CTX_set_max_proto_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_max_proto_version(context, version);
}

static inline int causeway_SSL_CTX_set1_groups_list(SSL_CTX *context, const char *groups) {
    return (int)SSL_CTX_set1_groups_list(context, (char *)groups);
}

static inline long causeway_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_mode(context, mode);
}

static inline long causeway_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_session_cache_mode(context, mode);
}

static inline void causeway_SSL_CTX_set_read_ahead(SSL_CTX *context, int enabled) {
    SSL_CTX_set_read_ahead(context, enabled);
}

static inline int causeway_SSL_CTX_add1_chain_cert(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

static inline int causeway_SSL_CTX_set_tlsext_ticket_keys(SSL_CTX *context, void *keys, int length) {
    return (int)SSL_CTX_set_tlsext_ticket_keys(context, keys, length);
}

static inline void causeway_SSL_CTX_set_tlsext_servername_callback(
    SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument) {
    SSL_CTX_set_tlsext_servername_callback(context, callback);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}

static inline void causeway_BIO_set_retry_read(BIO *bio) {
    BIO_set_retry_read(bio);
}

static inline void causeway_BIO_clear_retry_flags(BIO *bio) {
    BIO_clear_retry_flags(bio);
}

static inline int causeway_ERR_GET_REASON(unsigned long code) {
    return ERR_GET_REASON(code);
}

// The stack types of 3.0 are macro-made; these two are all that reading the names of a certificate needs.
static inline int causeway_GENERAL_NAMES_count(const GENERAL_NAMES *names) {
    return sk_GENERAL_NAME_num(names);
}

// The bytes of a DNS name or IP address entry; *type is GEN_DNS, GEN_IPADD or another kind, for which NULL is returned.
static inline const unsigned char *causeway_GENERAL_NAMES_value(
    const GENERAL_NAMES *names, int index, int *type, int *length) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    void *value = GENERAL_NAME_get0_value(name, type);
    if (*type != GEN_DNS && *type != GEN_IPADD) {
        return NULL;
    }
    *length = ASN1_STRING_length((const ASN1_STRING *)value);
    return ASN1_STRING_get0_data((const ASN1_STRING *)value);
}

#endif
