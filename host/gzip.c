/* SPDX-License-Identifier: Apache-2.0 */
#include "host/gzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16 }; /* gzip's header, no other */

enum rc
gzip_read(uint8_t **out, size_t *out_n, const uint8_t *bytes, size_t n,
    size_t max)
{
	size_t cap = n < max / 4 ? 4 * n + 1024 : max + 1;
	uint8_t *p, *grown;
	z_stream z;
	int end;
	enum rc rc = RC_MEMORY;

	*out = NULL;
	*out_n = 0;
	memset(&z, 0, sizeof z);
	if (n > UINT32_MAX || max >= UINT32_MAX)
		return RC_FILE_LONG;
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return RC_MEMORY;
	p = malloc(cap);
	z.next_in = (uint8_t *)(uintptr_t)bytes;
	z.avail_in = (uInt)n;
	while (p != NULL) {
		z.next_out = p + z.total_out;
		z.avail_out = (uInt)(cap - z.total_out);
		end = inflate(&z, Z_NO_FLUSH);
		rc = z.total_out > max ? RC_FILE_LONG
		    : end == Z_STREAM_END
		    ? (z.avail_in == 0 ? RC_OK : RC_FIELD)
		    : end == Z_BUF_ERROR && z.avail_out > 0 ? RC_TRUNCATED
		    : end == Z_OK || end == Z_BUF_ERROR	    ? RC_MORE
							    : RC_FIELD;
		if (rc != RC_MORE || z.avail_out > 0) {
			if (rc == RC_MORE) {
				if (z.avail_in == 0)
					rc = RC_TRUNCATED;
				else
					continue;
			}
			break;
		}
		cap = cap > max / 2 ? max + 1 : 2 * cap;
		grown = realloc(p, cap);
		if (grown == NULL) {
			rc = RC_MEMORY;
			break;
		}
		p = grown;
	}
	if (rc == RC_OK) {
		*out = p;
		*out_n = z.total_out;
	} else {
		free(p);
	}
	inflateEnd(&z);
	return rc;
}

enum rc
gzip_write(uint8_t **out, size_t *out_n, const uint8_t *bytes, size_t n,
    int level)
{
	z_stream z;
	uint8_t *p;
	size_t cap;

	*out = NULL;
	*out_n = 0;
	memset(&z, 0, sizeof z);
	if (n > UINT32_MAX / 2)
		return RC_FILE_LONG;
	if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, 8,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return RC_MEMORY;
	cap = deflateBound(&z, (uLong)n);
	p = malloc(cap);
	z.next_in = (uint8_t *)(uintptr_t)bytes;
	z.avail_in = (uInt)n;
	z.next_out = p;
	z.avail_out = (uInt)cap;
	if (p == NULL || deflate(&z, Z_FINISH) != Z_STREAM_END) {
		deflateEnd(&z);
		free(p);
		return RC_MEMORY;
	}
	*out = p;
	*out_n = z.total_out;
	deflateEnd(&z);
	return RC_OK;
}
