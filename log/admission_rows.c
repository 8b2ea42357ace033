/* SPDX-License-Identifier: Apache-2.0 */
#include "log/admission_rows.h"

#include <string.h>

enum rc
rows_product(struct db *db, struct slice authority, uint32_t epoch,
    struct slice product, struct admission_product *out)
{
	struct db_query q = db_prepare(db,
	    "SELECT sequence, floor FROM product WHERE product = ?1"
	    " AND authority = ?2 AND epoch = ?3");

	memset(out, 0, sizeof *out);
	db_bind_text(&q, 1, (const char *)product.p, product.n);
	db_bind_text(&q, 2, (const char *)authority.p, authority.n);
	db_bind_int64(&q, 3, epoch);
	if (db_row(&q)) {
		out->released = true;
		out->sequence = (uint32_t)db_int64(&q, 0);
		out->withdrawn = !db_is_null(&q, 1);
		if (out->withdrawn)
			out->floor = (uint32_t)db_int64(&q, 1);
	}
	return db_finish(&q);
}

enum rc
rows_objections(struct db *db, const uint8_t key[static 32],
    const uint8_t release[static 32], unsigned *out)
{
	struct db_query q = db_prepare(db, "SELECT count(*) FROM objection"
	    " WHERE key = ?1 AND release = ?2");

	*out = 0;
	db_bind_blob(&q, 1, key, 32);
	db_bind_blob(&q, 2, release, 32);
	if (db_row(&q))
		*out = (unsigned)db_int64(&q, 0);
	return db_finish(&q);
}
