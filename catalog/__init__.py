"""What is sold, who makes it, who vouches for it, and where it stands on a shelf.

Words: *product* (a thing with a page) has *variants* (a size with a SKU and a price); a *producer* makes it in a
*commune*; a *certificate* gives it stars for a time; a *lot* is one batch of a variant; an *outlet* keeps lots on its
shelf as *stock*.

Import order, from the ground up: errors, money, text, codes, gs1, translations, clock, holidays, hours, placenames,
old_communes, places, atlas, groups, ladder, db, sequence, history, jobs, submissions, references, attempts, people,
second_factor, outlets, memberships, rulebook, invitations, producers, registrations, makers, maker_invitations,
products, criteria, certificates, localities, visits, supports, fairs, goals, decisions, renewals, revocations, lots,
stock, lapses, transfers, replenishment, stocktakes, stops, shelves, expiry, write_offs, receipts, reports, traces,
evidence, scans, scanning, search, columns, views, cards, showcase, importing, applications, claims, allergens, passports,
page_fields, pages, prices, publishing, revisions, approvals, page_pictures. A module imports only from its left.
"""
