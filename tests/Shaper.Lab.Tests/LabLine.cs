namespace Shaper.Lab.Tests;

/// <summary>
/// The box in the line:
/// <code>
///   a [eth0] ---- [wan] box: br0 [lan] ---- [eth0] b
/// </code>
/// </summary>
internal sealed class LabLine : IDisposable
{
    public const string MacA = "02000000000a";
    public const string MacB = "02000000000b";
    public const string BoxAddress = "10.77.0.254";

    /// <param name="bridged">The ports are in a bridge; otherwise they are loose and down, as on a fresh machine.</param>
    public LabLine(bool bridged = true)
    {
        Space.AddNamespace("a");
        Space.AddNamespace("box");
        Space.AddNamespace("b");
        Space.AddVeth("a", "eth0", "box", "wan");
        Space.AddVeth("b", "eth0", "box", "lan");
        Space.Run("a", "ip", "link", "set", "dev", "eth0", "address", Colons(MacA));
        Space.Run("b", "ip", "link", "set", "dev", "eth0", "address", Colons(MacB));
        Space.AddAddress("a", "eth0", "10.77.0.1/24");
        Space.AddAddress("b", "eth0", "10.77.0.2/24");
        if (bridged)
        {
            Space.AddBridge("box", "br0", "wan", "lan");
            Space.AddAddress("box", "br0", BoxAddress + "/24");
        }
        else
        {
            Space.Run("box", "ip", "link", "set", "dev", "wan", "down");
            Space.Run("box", "ip", "link", "set", "dev", "lan", "down");
        }
    }

    public LabSpace Space { get; } = new();

    /// <summary>Frames of every kind from a to b.</summary>
    public LabTraffic Down(int perSecond, double seconds) => new(Space, "a", "b", MacA, MacB, perSecond, seconds);

    /// <summary>Frames of every kind from b to a.</summary>
    public LabTraffic Up(int perSecond, double seconds) => new(Space, "b", "a", MacB, MacA, perSecond, seconds);

    public LabShaper Shape(params IEnumerable<string> more) => new(Space, "box", "wan", "lan", "900mbit", "900mbit", more);

    public void Dispose() => Space.Dispose();

    private static string Colons(string mac) => string.Join(':', mac.Chunk(2).Select(pair => new string(pair)));
}
