namespace Shaper.Host.Lab;

/// <summary>What the sites send to the site under test.</summary>
public enum LabWork
{
    /// <summary>Endless connections from each site.</summary>
    Bulk,

    /// <summary>Transfers of 20 to 200 KB, fetched by the PC from all sites in turn, arriving as a Poisson process.</summary>
    Short,

    /// <summary>Full-sized datagrams from each site at a constant rate: what the path does to the call when nobody sends too fast. No TCP, so nothing to steer.</summary>
    Paced,
}
