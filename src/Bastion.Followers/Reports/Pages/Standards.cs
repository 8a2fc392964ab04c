namespace Bastion.Followers.Reports.Pages;

/// <summary>
/// The clauses that a section is evidence for: GB/T 22239-2019 (MLPS 2.0, level 3), PCI DSS 4.0, ISO/IEC 27001:2022
/// Annex A and the Trust Services Criteria of SOC 2. Evidence for, not fulfilment of: that is the assessor's to say.
/// </summary>
internal sealed record Standards(string Mlps, string Pci, string Iso, string Soc)
{
    public static readonly Standards Chain =
        new("8.1.4.3 c, d · 8.1.4.7", "10.3.2 · 10.3.3 · 10.3.4 · 10.7", "A.5.28 · A.5.33 · A.8.15", "CC7.1 · CC7.2");
    public static readonly Standards Sessions =
        new("8.1.4.3 a, b", "10.2.1.1 · 10.2.1.2 · 10.2.2", "A.8.2 · A.8.15", "CC6.1 · CC7.2");
    public static readonly Standards Logins =
        new("8.1.4.1 · 8.1.4.3 a", "10.2.1.4 · 8.3.4", "A.5.17 · A.8.5", "CC6.1 · CC6.6");
    public static readonly Standards Acts =
        new("8.1.4.2 · 8.1.4.3 b", "10.2.1.2 · 10.2.2 · 7.2.3", "A.5.3 · A.8.2 · A.8.18", "CC6.1 · CC6.3 · CC8.1");
    public static readonly Standards Changes =
        new("8.1.5.1 · 8.1.5.2 · 8.1.5.3", "10.2.1.5 · 10.2.1.6 · 10.2.1.7", "A.5.3 · A.8.9 · A.8.32", "CC6.2 · CC8.1");
    public static readonly Standards Access =
        new("8.1.4.2", "7.2.4 · 7.2.5.1", "A.5.15 · A.5.18 · A.8.2", "CC6.2 · CC6.3");
    public static readonly Standards Transfers = new("8.1.4.3 a, b", "10.2.1.1 · 10.2.2", "A.5.14 · A.8.12", "CC6.7");
    public static readonly Standards Degraded =
        new("8.1.4.3 d · 8.1.5.4", "10.2.1.6 · 10.7.2", "A.8.15 · A.8.16", "CC7.2 · CC7.3");
    public static readonly Standards Operation =
        new("8.1.4.3 c · 8.1.5.4", "10.5.1 · 10.6.1 · 10.6.2", "A.8.6 · A.8.17", "A1.1 · CC7.1");
    public static readonly Standards Drills = new("8.1.4.9 · 8.1.10.11", "12.10.2", "A.5.29 · A.8.13", "A1.2 · A1.3");
    public static readonly Standards Looks = new("8.1.5.2", "10.2.1.3 · 10.3.1", "A.8.15", "CC4.1 · CC6.1");
    public static readonly Standards Anomalies =
        new("8.1.5.4", "10.4.1 · 10.4.1.1 · 10.4.3", "A.8.16", "CC7.2 · CC7.3");
}
