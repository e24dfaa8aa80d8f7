namespace Shaper.Engine.Classify;

/// <summary>The three classes that are there without any policy. Their ids are also their hand-off bands.</summary>
public static class BuiltInClass
{
    /// <summary>EF and the signalling beside it. Strictly first, policed.</summary>
    public const ushort Voice = 0;

    /// <summary>What keeps the network and the transfers themselves running: ARP, BPDU, routing, DNS, TCP ACK-only.</summary>
    public const ushort Control = 1;

    /// <summary>The rest.</summary>
    public const ushort Bulk = 2;

    public const int Count = 3;

    public static string Name(int id) => id switch { Voice => "voice", Control => "control", Bulk => "bulk", _ => "class" + id };
}
