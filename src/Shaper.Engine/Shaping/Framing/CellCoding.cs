namespace Shaper.Engine.Shaping.Framing;

/// <summary>What the line makes of a packet once it is framed.</summary>
public enum CellCoding : byte
{
    /// <summary>Bytes go as they are.</summary>
    None = 0,

    /// <summary>VDSL2 packet transfer mode: one byte of sync for each 64 begun (IEEE 802.3, 61.3.3, 64/65-octet encapsulation).</summary>
    Ptm = 1,

    /// <summary>ADSL: cells of 53 bytes that carry 48 each, the last one padded (ITU-T I.363.5, AAL5; its trailer is part of the overhead).</summary>
    Atm = 2,
}
