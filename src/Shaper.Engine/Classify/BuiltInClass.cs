namespace Shaper.Engine.Classify;

/// <summary>The classes that are there without any policy; the rules that come with the box name no others.</summary>
public static class BuiltInClass
{
    /// <summary>EF and the signalling beside it. Strictly first, policed.</summary>
    public const ushort Voice = 0;

    /// <summary>What keeps the network running and is small by nature: ARP, BPDU, routing, DNS.</summary>
    public const ushort Control = 1;

    /// <summary>Transfers: TCP, UDP and the like, as far as no other class claims them.</summary>
    public const ushort Bulk = 2;

    /// <summary>What others have wrapped, so that its flows cannot be told apart: ESP, GRE and the like.</summary>
    public const ushort Tunnelled = 3;

    /// <summary>Protocols that the box has no word for, and frames whose headers could not be read.</summary>
    public const ushort Unknown = 4;

    public const int Count = 5;

    public static string Name(int id) => id switch
    {
        Voice => "voice",
        Control => "control",
        Bulk => "bulk",
        Tunnelled => "tunnelled",
        Unknown => "unknown",
        _ => "class" + id,
    };
}
