// Messages of webtorrent and p2p-media-loader as captured on the wire, with shortened SDPs and only
// one offer each.
#pragma once

#include <string_view>

namespace gyre::ws::test {

inline constexpr std::string_view info_hash_hex = "2ed7ad4f173977ad9ed1556e8d889e7779841ccd";
#define GYRE_INFO_HASH                                                                        \
  "\".\xc3\x97\xc2\xadO\\u00179w\xc2\xad\xc2\x9e\xc3\x91Un\xc2\x8d\xc2\x88\xc2\x9ewy\xc2\x84" \
  "\\u001c\xc3\x8d\""
inline constexpr std::string_view info_hash_json = GYRE_INFO_HASH;

#define GYRE_OFFER_ID                                    \
  "\"G\\n\xc2\xad\xc3\x94Z\\u0018c\xc3\xb3|B\\t\xc3\x96" \
  "9h}R\xc2\x81V\xc3\xad\xc2\x97\""
inline constexpr std::string_view offer_id_json = GYRE_OFFER_ID;

inline constexpr std::string_view completed_without_offers =
    R"({"numwant":50,"uploaded":0,"downloaded":1048576,"left":0,"event":"completed",)"
    R"("action":"announce","info_hash":)" GYRE_INFO_HASH R"(,"peer_id":"-WW0300-Mp/rZYWMNfKf"})";

inline constexpr std::string_view seeder_started =
    R"({"numwant":5,"uploaded":0,"downloaded":1048576,"left":0,"event":"started",)"
    R"("action":"announce","info_hash":)" GYRE_INFO_HASH
    R"(,"peer_id":"-WW0300-Mp/rZYWMNfKf","offers":[{"offer":{"type":"offer","sdp":"v=0..."},)"
    "\"offer_id\":\"M\\nf\xc2\xbe"
    "9Hg\xc3\xb5i\xc2\x8d\\\\l\xc2\x94^*\xc2\x99\xc2\x83s\\b\xc3\xbb\"}]}";

inline constexpr std::string_view magnet_started =
    R"({"numwant":5,"uploaded":0,"downloaded":0,"left":null,"event":"started",)"
    R"("action":"announce","info_hash":)" GYRE_INFO_HASH
    R"(,"peer_id":"-WW0300-5oqaFWiqSAeH","offers":[{"offer":{"type":"offer","sdp":"v=0..."},)"
    R"("offer_id":)" GYRE_OFFER_ID "}]}";

inline constexpr std::string_view node_stopped =
    R"({"numwant":50,"uploaded":0,"downloaded":0,"event":"stopped","action":"announce",)"
    R"("info_hash":)" GYRE_INFO_HASH R"(,"peer_id":"-WW0300-cgkakhddBr3b"})";

inline constexpr std::string_view media_loader_started =
    R"({"numwant":5,"uploaded":0,"downloaded":0,"event":"started","action":"announce",)"
    R"("info_hash":"DI9FUqWIm6qTdkM2jrgR","peer_id":"-PM0203-xavWaV1vADA8","offers":[{"offer":)"
    R"({"type":"offer","sdp":"v=0..."},"offer_id":)"
    "\"\xc2\x9f[\xc2\xb0"
    "0\xc2\xb0l\xc2\x84Z\\u0001\xc2\x9c\xc3\x87\xc3\xb2"
    "4\xc3\xa9\xc2\xb2?}3\xc3\xa3H\"}]}";

inline constexpr std::string_view answer =
    R"({"action":"announce","info_hash":)" GYRE_INFO_HASH
    R"(,"peer_id":"-WW0300-Mp/rZYWMNfKf","to_peer_id":"-WW0300-5oqaFWiqSAeH",)"
    R"("answer":{"type":"answer","sdp":"v=0..."},"offer_id":)" GYRE_OFFER_ID "}";

#undef GYRE_INFO_HASH
#undef GYRE_OFFER_ID

}  // namespace gyre::ws::test
