/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_RC_H
#define VERIFY_RC_H
/*
 * Every result of every function, once. Numbers are stable, because devices
 * log them; a block of numbers per floor. Success is a pattern that cleared
 * or stuck memory does not read as: compare by name, rc == RC_OK.
 *
 * X(name, number, what a person is told)
 */
/* clang-format off */
#define RC_LIST_VERIFY(X)                                                      \
	X(RC_MORE, 1, "more bytes are wanted")                                 \
	X(RC_TEXT_LONG, 2, "the text is longer than this reader's buffer")     \
	X(RC_BYTE, 3, "a byte outside 0x20..0x7e")                             \
	X(RC_LINE, 4, "a line is empty, padded or too long")                   \
	X(RC_KIND, 5, "the kind of note is not one this reader takes")         \
	X(RC_LINE_UNKNOWN, 6, "a line that does not belong here")              \
	X(RC_LINE_MISSING, 7, "a line is missing")                             \
	X(RC_LINE_REPEATED, 8, "a line stands more often than it may")         \
	X(RC_LINE_ORDER, 9, "lines are not in their order")                    \
	X(RC_FIELD, 10, "a field is not spelled as it must be")                \
	X(RC_NUMBER, 11, "a number is out of its range")                       \
	X(RC_NAME_REPEATED, 12, "a name is defined twice")                     \
	X(RC_POLICY, 13, "the quorum tree is not well formed")                 \
	X(RC_KEY_TYPE, 14, "a key of a type that this reader cannot verify")   \
	X(RC_KEY_INVALID, 15, "not a usable public key")                       \
	X(RC_KEY_ID, 16, "a key id that is not the key's")                     \
	X(RC_KEY_ROLE, 17, "one public key in two roles")                      \
	X(RC_SIGLINE, 18, "a signature line is not well formed")               \
	X(RC_SIGLINE_REPEATED, 19, "a key signs twice")                        \
	X(RC_SIGLINE_LENGTH, 20, "a signature of the wrong length")            \
	X(RC_SIGLINES_MANY, 21, "too many signature lines")                    \
	X(RC_SIGNATURE_INVALID, 22, "a signature does not verify")             \
	X(RC_NOTE_LONG, 23, "the note is longer than 61440 bytes")             \
	X(RC_TRUNCATED, 24, "the file ends too early")                         \
	X(RC_TRAILING, 25, "bytes after the end")                              \
	X(RC_AUTHORITY, 26, "another authority than the trusted one")          \
	X(RC_EPOCH, 27, "another epoch than the trusted one")                  \
	X(RC_PRODUCT, 28, "a product that this device does not answer to")     \
	X(RC_SEQUENCE_LOW, 29, "the sequence is below the floor: a rollback")  \
	X(RC_SEQUENCE_SAME, 30, "another text for the installed sequence")     \
	X(RC_FROM, 31, "not made to replace the installed sequence")           \
	X(RC_REQUIRES, 32, "a required product is missing or too old")         \
	X(RC_COMPONENT, 33, "the wanted component is not in the release")      \
	X(RC_QUORUM, 34, "the signatures do not satisfy the signing quorum")   \
	X(RC_ROOT_QUORUM, 35, "the signatures do not satisfy the root quorum") \
	X(RC_INTRODUCED, 36, "a new signer has not signed the text that "      \
			     "names it")                                       \
	X(RC_ENDORSEMENT, 37, "the owner has not endorsed this text")          \
	X(RC_PROOF, 38, "the proof is not well formed")                        \
	X(RC_PROOF_DEPTH, 39, "the path is longer than this reader takes")     \
	X(RC_CHECKPOINT, 40, "the checkpoint is not well formed")              \
	X(RC_LOG, 41, "no trusted log signed the checkpoint")                  \
	X(RC_WITNESS_QUORUM, 42, "the cosignatures do not satisfy the "        \
				 "witness quorum")                             \
	X(RC_INCLUSION, 43, "the log does not contain this note")              \
	X(RC_EXPIRED, 44, "the release has expired")                           \
	X(RC_PROOF_OLD, 45, "the proof is older than this device allows")      \
	X(RC_PROOF_FUTURE, 46, "the proof is from more than a day ahead")      \
	X(RC_PREVIOUS, 47, "not the successor of the text that is held")       \
	X(RC_REVISION, 48, "not the next revision")                            \
	X(RC_PERSON, 49, "no proof, and no person present or no recover line") \
	X(RC_PAGE, 50, "no room for a new trust text")                         \
	X(RC_PAGE_ID, 51, "the page is not the text whose id is given")        \
	X(RC_PAYLOAD_LONG, 52, "more bytes than the payload has")              \
	X(RC_PAYLOAD_SHORT, 53, "fewer bytes than the payload has")            \
	X(RC_PAYLOAD_DIGEST, 54, "the payload is not the released one")        \
	X(RC_RECORD, 55, "no valid copy of the record")                        \
	X(RC_CONSISTENCY, 56, "the trees are not consistent")                  \
	X(RC_DEVICE, 57, "the device description is not usable")               \
	X(RC_FLOOR, 58, "a floor above the sequence")                          \
	X(RC_STATE, 59, "called in the wrong order")                           \
	X(RC_FAULT, 60, "the steps do not add up: this processor was disturbed") \
	X(RC_FLASH, 80, "the flash did not do as it was told")                 \
	X(RC_LAYOUT, 81, "the layout of the flash is not usable")              \
	X(RC_SLOT, 82, "the image does not fit its slot")                      \
	X(RC_UNCONFIRMED, 83, "the new image did not confirm itself")          \
	X(RC_NO_IMAGE, 84, "no slot holds an image that may be started")       \
	X(RC_PROVISIONED, 85, "this device has a record already")

#define RC_LIST_HOST(X)                                                        \
	X(RC_FILE, 100, "a file cannot be read or written")                    \
	X(RC_FILE_LONG, 101, "a file is larger than it may be")                \
	X(RC_MEMORY, 102, "no memory")                                         \
	X(RC_DATABASE, 103, "the database refused")                            \
	X(RC_NETWORK, 104, "a peer cannot be reached")                         \
	X(RC_TIMEOUT, 105, "a peer did not answer in time")                    \
	X(RC_CONFIG, 106, "the configuration is not usable")                   \
	X(RC_PASSPHRASE, 107, "wrong passphrase or damaged file")              \
	X(RC_HTTP, 108, "a peer answered with an error")                       \
	X(RC_FILE_ABSENT, 109, "there is no such file")                        \
	X(RC_FILE_EXISTS, 110, "a file is already there, with other bytes")    \
	X(RC_LOCKED, 111, "another process uses this state directory")         \
	X(RC_SEALED, 112, "not a sealed file of the wanted kind")              \
	X(RC_CONFLICT, 113, "the database already holds otherwise")            \
	X(RC_STOPPED, 114, "stopped before the end")

#define RC_LIST_QUORUM(X)                                                      \
	X(RC_SCALAR, 200, "not a canonical scalar")                            \
	X(RC_POINT, 201, "not a canonical point of prime order")               \
	X(RC_IDENTITY, 202, "an identity point where none may be")             \
	X(RC_NONCE_SPENT, 203, "this nonce has been used")                     \
	X(RC_ROSTER_MISMATCH, 204, "the share belongs to another roster")      \
	X(RC_COMMITMENT_MISSING, 205, "the signer is not in the package")      \
	X(RC_SET_NOT_MINIMAL, 206, "not a minimal set that satisfies the "     \
				   "quorum")                                   \
	X(RC_SHARE_INVALID, 207, "a signature share does not verify")          \
	X(RC_TREE, 208, "the quorum tree cannot carry shares")                 \
	X(RC_COUNT, 209, "a wrong number of commitments")                      \
	X(RC_POP, 210, "a proof of possession does not verify")                \
	X(RC_CIPHERTEXT, 211, "a ciphertext does not open")                    \
	X(RC_DEALING, 212, "a dealt share does not match its commitments")     \
	X(RC_TRANSCRIPT, 213, "a transcript signature does not verify")        \
	X(RC_NONCE_BINDING, 214, "this nonce was made for another message "    \
				 "or before a restart")                        \
	X(RC_COMPLAINT, 215, "a complaint that proves nothing")                \
	X(RC_BUNDLE, 230, "the bundle is not well formed")                     \
	X(RC_SENDER, 231, "not by a key that may say this here")               \
	X(RC_UNKNOWN, 232, "about a text that nobody proposed here")           \
	X(RC_LIMIT, 233, "too many at once: try again later")                  \
	X(RC_BUSY, 234, "another proposal of this product is open")            \
	X(RC_AGE, 235, "too old, or ahead of the clock")                       \
	X(RC_TEMPLATE, 236, "the trust template does not fit the draft")       \
	X(RC_CEREMONY, 237, "not the ceremony's text, or out of turn")         \
	X(RC_BLAMED, 238, "sent by a party that was found out")                \
	X(RC_COMMITS_MANY, 239, "too many commitments for one text")           \
	X(RC_DEALT, 240, "not the dealer's share of the roster before")        \
	X(RC_CHOICE, 241, "not a minimal set of dealings that hold")           \
	X(RC_CONTEXT, 242, "dealt for other keys than this ceremony has")      \
	X(RC_BLAME, 243, "the evidence does not convict")                      \
	X(RC_PURPOSE, 250, "the release authorises no such signature")         \
	X(RC_PURPOSE_SIGNER, 251, "not by the signer whose key is asked for")  \
	X(RC_BLOB_RANGE, 260, "not the next bytes of what is here")            \
	X(RC_BLOB_ROOM, 261, "there is no room for these bytes")

#define RC_LIST_LOG(X)                                                         \
	X(RC_LOG_AGE, 300, "proposed too long ago or ahead of the clock")      \
	X(RC_LOG_SEQUENCE, 301, "not above the product's logged sequence")     \
	X(RC_LOG_SUCCESSOR, 302, "this text already has a successor")          \
	X(RC_LOG_ORDER, 303, "signature lines are not in canonical order")     \
	X(RC_LOG_LINE, 304, "a signature line by nobody who may sign this")    \
	X(RC_LOG_ROSTER, 305, "not the newest logged roster")                  \
	X(RC_LOG_PARTIES, 306, "the party lines do not satisfy the roster")    \
	X(RC_LOG_TEXT_MAX, 307, "the text is longer than text-max")            \
	X(RC_LOG_FORK, 308, "the log shows two histories")                     \
	X(RC_LOG_MIRROR, 309, "a satisfying witness set has no mirror")        \
	X(RC_LOG_EPOCH_CHANGE, 310, "this change needs a new epoch")           \
	X(RC_LOG_BEHIND, 311, "others know a larger tree than this log")       \
	X(RC_LOG_FLOOR, 312, "a withdraw floor that may not be")               \
	X(RC_LOG_MANY, 313, "too many objections by one key")                  \
	X(RC_LOG_WITNESSES, 314, "this log does not ask enough of the "        \
				 "text's witnesses")                           \
	X(RC_LOG_COPY, 315, "the home log's proof of this text is wanted")     \
	X(RC_LOG_WAIT, 316, "logged, and not yet cosigned")                    \
	X(RC_LOG_TWICE, 335, "the log holds one text twice")                   \
	X(RC_LOG_WITHHELD, 336, "the log does not serve what it has signed")   \
	X(RC_LOG_STALE, 337, "the head is older than its reader allows")       \
	X(RC_LOG_BROKEN, 338, "the log holds what admission forbids")          \
	X(RC_LOG_ORIGIN, 339, "another log than the one known here")           \
	X(RC_LOG_PINNED, 340, "another first trust text than before")

#define RC_LIST_SIGNER(X)                                                      \
	X(RC_SEAT_STATE, 400, "a message out of turn")                         \
	X(RC_SEAT_LOCKED, 401, "the log has not been read: nothing is signed") \
	X(RC_SEAT_FULL, 402, "too many texts are open")                        \
	X(RC_SEAT_UNKNOWN, 403, "nothing is known about this text")            \
	X(RC_SEAT_RECOMMITS, 404, "too many commitments for one text")         \
	X(RC_CEREMONY_CODE, 405, "not the code of this ceremony")              \
	X(RC_SSHSIG, 420, "not a usable SSH signature or list of signers")     \
	X(RC_SOURCE, 421, "the source cannot be looked at")                    \
	X(RC_LINK, 440, "another process of this signer is not there")         \
	X(RC_FRAME, 441, "not a frame as a signer's processes say them")       \
	X(RC_SANDBOX, 442, "the kernel cannot confine this process")           \
	X(RC_RECORD_ROW, 450, "a row of the record lacks a line, or has one "  \
			      "too many")                                      \
	X(RC_RECORD_CHAIN, 451, "a row does not follow the one before")        \
	X(RC_RECORD_HEAD, 452, "the rows are not those that the head names")   \
	X(RC_RECORD_BYTES, 453, "bytes that are not those of their row")       \
	X(RC_RECORD_PARTY, 454, "not the record of this party")                \
	X(RC_RECORD_BOUND, 455, "two texts for one sequence")                  \
	X(RC_RECORD_LEFT, 456, "something left that the record does not "      \
			       "allow")                                        \
	X(RC_RECORD_SINCE, 457, "not a continuation of the earlier record")    \
	X(RC_PAYLOAD_ROOM, 470, "no room for a payload that is to be kept")    \
	X(RC_SEAT_AMBIGUOUS, 471, "more than one id begins so")                \
	X(RC_SEAT_SET, 472, "a text of the set does not wait for a person")

#define RC_LIST(X)                                                             \
	RC_LIST_VERIFY(X)                                                      \
	RC_LIST_HOST(X) RC_LIST_QUORUM(X) RC_LIST_LOG(X) RC_LIST_SIGNER(X)

#define RC_ENUM(name, number, text) name = number,
enum rc { RC_LIST(RC_ENUM) RC_OK = 0x3ca5965a };
#undef RC_ENUM
#endif
