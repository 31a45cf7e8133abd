import COpenSSL
import HummingbirdCore
import NIOHTTP1
import NIOPosix
func placeholder() { _ = OPENSSL_init_ssl(0, nil) }
