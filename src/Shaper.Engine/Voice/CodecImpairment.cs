namespace Shaper.Engine.Voice;

/// <summary>Ie and Bpl of a codec (ITU-T G.113 Appendix I).</summary>
/// <param name="Impairment">Ie: what the codec costs without loss.</param>
/// <param name="Robustness">Bpl: how well it hides loss; higher is better.</param>
public readonly record struct CodecImpairment(double Impairment, double Robustness)
{
    /// <summary>G.711 with packet loss concealment.</summary>
    public static readonly CodecImpairment G711 = new(0, 25.1);

    /// <summary>G.729A with voice activity detection.</summary>
    public static readonly CodecImpairment G729 = new(11, 19.0);

    /// <summary>By RTP payload type (RFC 3551); G.711 where the type is dynamic or unknown.</summary>
    public static CodecImpairment OfPayloadType(int payloadType) => payloadType == 18 ? G729 : G711;
}
