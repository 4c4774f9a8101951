"""A comparison as a page draws it: columns, messages, answers, and what people said about them."""



