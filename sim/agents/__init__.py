"""Who acts: the borrower with the loan, and the people who work the floor. Rules only."""
