// clang-format off: options.h defines how the library was built, and must come first.
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
// clang-format on

#include "common/tls/context.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "common/base/check.hpp"
#include "common/base/files.hpp"
#include "common/base/text.hpp"
#include "common/tls/certificate.hpp"
#include "common/tls/client_hello.hpp"
#include "common/tls/io.hpp"
#include "common/tls/pair_check.hpp"
#include "common/tls/revision.hpp"
#include "common/tls/thread_tables.hpp"

namespace gyre::tls {
namespace {

// A chain of 4096-bit RSA certificates takes 10 KiB; larger files are something else.
constexpr std::size_t file_size_max = std::size_t{256} << 10;

// Bytes of the server's handshake messages besides the certificates, with a margin: hellos, a
// 4096-bit signature, Finished, a ticket, and the record headers.
constexpr std::size_t flight_rest_size = 4096;

// Only forward secrecy and authenticated encryption, TLS 1.3 first. Without AES instructions the
// library's AES is slow and leaks timing, so ChaCha20 comes first.
#if defined(WOLFSSL_AESNI)
constexpr const char* cipher_list =
    "TLS13-AES128-GCM-SHA256:TLS13-CHACHA20-POLY1305-SHA256:TLS13-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
#else
constexpr const char* cipher_list =
    "TLS13-CHACHA20-POLY1305-SHA256:TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
#endif

// The size of all tickets: the library serialises a struct. It reads the seal at the offset that
// the size of a client's ticket implies, so tickets of any other size are not opened.
std::atomic<int> ticket_size{0};

static_assert(WOLFSSL_TICKET_NAME_SZ + WOLFSSL_TICKET_IV_SZ ==
              sizeof(TicketSeal::key_number) + TicketSeal::nonce_size);
static_assert(WOLFSSL_TICKET_MAC_SZ >= TicketSeal::tag_size);

void store_seal(const TicketSeal& seal, unsigned char* name, unsigned char* iv,
                unsigned char* mac) {
  constexpr std::size_t in_name = WOLFSSL_TICKET_NAME_SZ - sizeof seal.key_number;
  std::memcpy(name, &seal.key_number, sizeof seal.key_number);
  std::memcpy(name + sizeof seal.key_number, seal.nonce.data(), in_name);
  std::memcpy(iv, seal.nonce.data() + in_name, WOLFSSL_TICKET_IV_SZ);
  std::memset(mac, 0, WOLFSSL_TICKET_MAC_SZ);
  std::memcpy(mac, seal.tag.data(), seal.tag.size());
}

TicketSeal load_seal(const unsigned char* name, const unsigned char* iv, const unsigned char* mac) {
  TicketSeal seal;
  constexpr std::size_t in_name = WOLFSSL_TICKET_NAME_SZ - sizeof seal.key_number;
  std::memcpy(&seal.key_number, name, sizeof seal.key_number);
  std::memcpy(seal.nonce.data(), name + sizeof seal.key_number, in_name);
  std::memcpy(seal.nonce.data() + in_name, iv, WOLFSSL_TICKET_IV_SZ);
  std::memcpy(seal.tag.data(), mac, seal.tag.size());
  return seal;
}

int process_ticket(WOLFSSL*, unsigned char* name, unsigned char* iv, unsigned char* mac,
                   int encrypt, unsigned char* ticket, int size, int* size_out,
                   void* keys_pointer) {
  if (size <= 0) return WOLFSSL_TICKET_RET_REJECT;
  auto& keys = *static_cast<TicketKeys*>(keys_pointer);
  const std::span bytes(ticket, static_cast<std::size_t>(size));
  if (encrypt != 0) {
    ticket_size.store(size, std::memory_order_relaxed);
    store_seal(keys.seal(bytes), name, iv, mac);
    *size_out = size;
    return WOLFSSL_TICKET_RET_OK;
  }
  if (size != ticket_size.load(std::memory_order_relaxed)) return WOLFSSL_TICKET_RET_REJECT;
  if (!keys.open(load_seal(name, iv, mac), bytes)) return WOLFSSL_TICKET_RET_REJECT;
  *size_out = size;
  return WOLFSSL_TICKET_RET_OK;
}

std::string library_text(int error) {
  std::array<char, WOLFSSL_MAX_ERROR_SZ> text{};
  wolfSSL_ERR_error_string_n(static_cast<unsigned long>(error), text.data(), text.size());
  return {text.data()};
}

const unsigned char* data_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The first certificate of a PEM file.
std::optional<CertificateFacts> facts_of(const std::string& pem) {
  std::vector<std::byte> der(pem.size());
  const int size = wc_CertPemToDer(data_of(pem), static_cast<int>(pem.size()),
                                   reinterpret_cast<unsigned char*>(der.data()),
                                   static_cast<int>(der.size()), CERT_TYPE);
  if (size <= 0) return std::nullopt;
  return read_certificate(std::span(der).first(static_cast<std::size_t>(size)));
}

// A file may be read while it is being written; some builds of the library accept a partial one.
bool is_truncated(std::string_view pem) {
  return pem.rfind("-----BEGIN") != std::string_view::npos &&
         pem.find("-----END", pem.rfind("-----BEGIN")) == std::string_view::npos;
}

std::expected<std::string, std::string> read_pem(const std::string& path) {
  auto text = read_file(path, file_size_max);
  if (!text) return std::unexpected(path + ": " + text.error());
  if (is_truncated(*text)) return std::unexpected(path + ": truncated PEM block");
  return text;
}

void configure(WOLFSSL_CTX* context, const std::shared_ptr<TicketKeys>& ticket_keys) {
  CHECK(wolfSSL_CTX_SetMinVersion(context, WOLFSSL_TLSV1_2) == WOLFSSL_SUCCESS);
  CHECK(wolfSSL_CTX_set_cipher_list(context, cipher_list) == WOLFSSL_SUCCESS);
  std::array<int, 3> groups{WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_SECP384R1};
  CHECK(wolfSSL_CTX_set_groups(context, groups.data(), groups.size()) == WOLFSSL_SUCCESS);
  wolfSSL_CTX_set_session_cache_mode(context, WOLFSSL_SESS_CACHE_OFF);
  wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_NONE, nullptr);
  wolfSSL_CTX_SetIORecv(context, receive_from_memory);
  wolfSSL_CTX_SetIOSend(context, send_to_memory);
  if (!ticket_keys) {
    wolfSSL_CTX_NoTicketTLSv12(context);
    wolfSSL_CTX_no_ticket_TLSv13(context);
    return;
  }
  wolfSSL_CTX_set_TicketEncCb(context, process_ticket);
  wolfSSL_CTX_set_TicketEncCtx(context, ticket_keys.get());
  wolfSSL_CTX_set_TicketHint(context, static_cast<int>(ticket_keys->lifetime()));
  wolfSSL_CTX_set_timeout(context, 2 * ticket_keys->lifetime());
}

}  // namespace

std::string library_name() {
#if defined(WOLFSSL_SP_ASM)
  constexpr std::string_view build = " with assembly";
#else
  constexpr std::string_view build = " without assembly";
#endif
  return std::string(library_revision()) + std::string(build);
}

std::size_t idle_session_size() {
#if defined(OPENSSL_EXTRA)
  return 66'000;
#else
  return 4'600;
#endif
}

std::size_t handshake_size() {
#if defined(OPENSSL_EXTRA)
  return 100'000;
#else
  return 32'000;
#endif
}

void Free::operator()(WOLFSSL_CTX* context) const {
  wolfSSL_CTX_free(context);
}

void Free::operator()(WOLFSSL* ssl) const {
  wolfSSL_free(ssl);
}

std::expected<std::shared_ptr<const Context>, std::string> Context::create(
    const std::vector<CertificateFiles>& certificates, std::shared_ptr<TicketKeys> ticket_keys,
    std::uint64_t unix_seconds) {
  static const bool initialised = wolfSSL_Init() == WOLFSSL_SUCCESS;
  CHECK(initialised);
  free_tables_with_thread();
  if (certificates.empty()) {
    return std::unexpected(std::string("TLS needs a certificate and its private key"));
  }
  const std::shared_ptr<Context> context(new Context);
  context->ticket_keys_ = std::move(ticket_keys);
  for (const CertificateFiles& files : certificates) {
    const auto added = context->add(files, unix_seconds);
    if (!added) return std::unexpected(added.error());
  }
  return context;
}

std::expected<void, std::string> Context::add(const CertificateFiles& files,
                                              std::uint64_t unix_seconds) {
  const auto certificate = read_pem(files.certificate_path);
  if (!certificate) return std::unexpected(certificate.error());
  const auto private_key = read_pem(files.private_key_path);
  if (!private_key) return std::unexpected(private_key.error());
  const auto facts = facts_of(*certificate);
  if (!facts) {
    return std::unexpected(files.certificate_path + ": does not start with a PEM certificate");
  }

  Handle handle(wolfSSL_CTX_new(wolfSSLv23_server_method()));
  CHECK(handle != nullptr);
  configure(handle.get(), ticket_keys_);
  int result = wolfSSL_CTX_use_certificate_chain_buffer(handle.get(), data_of(*certificate),
                                                        static_cast<long>(certificate->size()));
  if (result != WOLFSSL_SUCCESS) {
    return std::unexpected(files.certificate_path +
                           ": the certificates cannot be used: " + library_text(result));
  }
  result = wolfSSL_CTX_use_PrivateKey_buffer(handle.get(), data_of(*private_key),
                                             static_cast<long>(private_key->size()),
                                             WOLFSSL_FILETYPE_PEM);
  if (result != WOLFSSL_SUCCESS) {
    return std::unexpected(
        files.private_key_path +
        ": not a PEM private key (PKCS#8, PKCS#1 or SEC1, unencrypted): " + library_text(result));
  }
  if (!pair_works(handle.get())) {
    return std::unexpected(files.private_key_path + ": is not the key of the certificate in " +
                           files.certificate_path + ", or of an unsupported type");
  }

  if (unix_seconds > facts->not_after) {
    warnings_.push_back(files.certificate_path + ": the certificate has expired");
  }
  if (unix_seconds < facts->not_before) {
    warnings_.push_back(files.certificate_path + ": the certificate is not valid yet");
  }
  if (facts->host_names.empty()) {
    warnings_.push_back(files.certificate_path + ": the certificate has no host name");
  }
  for (const std::string& name : facts->host_names) names_.emplace(name, handle.get());
  // The handshake has DER, which is shorter than PEM.
  flight_size_max_ = std::max(flight_size_max_, certificate->size() + flight_rest_size);
  handles_.push_back(std::move(handle));
  return {};
}

bool Context::works() const {
  return std::ranges::all_of(handles_,
                             [](const Handle& handle) { return pair_works(handle.get()); });
}

// The exact name, else the wildcard for its first label (RFC 6125 6.4.3), else the first
// certificate.
WOLFSSL_CTX* Context::for_server_name(std::string_view name) const {
  DCHECK(!handles_.empty());
  if (handles_.size() == 1 || name.empty()) return handles_.front().get();
  std::string wanted = lower_case(name);
  if (const auto exact = names_.find(wanted); exact != names_.end()) return exact->second;
  const std::size_t dot = wanted.find('.');
  if (dot == std::string::npos) return handles_.front().get();
  wanted.replace(0, dot, "*");
  const auto wildcard = names_.find(wanted);
  return wildcard != names_.end() ? wildcard->second : handles_.front().get();
}

}  // namespace gyre::tls
