"""The Reconciliation Service API 0.2 over a release: what is asked, and what answers it.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/; decision 0031.
"""
