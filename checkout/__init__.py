"""Who buys, at what price, how the goods reach them, and whether they are paid.

Words: a *cart* holds wishes and promises nothing; a *quote* prices it; *allocation* picks the shelves that serve it;
an *order* is the promise, made of *lines* (what was bought, with names, prices, tax and stars as they were then) and
*fulfilments* (one outlet's share); a *payment* is what is owed for it, a *bank transfer* is money that arrived. At
the counter, a *ticket* is what a clerk is about to sell and a *sale* is bought and carried off at once; its money and
that of collected orders goes into the *till* of the *shift* that is open there.

Import order, from the ground up: tax, exchange, contact, kinds, delivery, rules, regulations, pricing, allocation,
lines, tills, carts, gateways, payments, quotes, orders, fulfilment, tickets, sales, reports, sales_figures, placing,
settlement, recalls, reviews, review_requests, statements. A module imports only from its left, and from ``catalog``.
"""
