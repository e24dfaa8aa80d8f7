using Shaper.Engine.Classify;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// The classes of a direction for which nobody wrote any: voice strictly first, control with a guarantee, and the rest by weight, with what is tunnelled and what
/// is unknown in classes that say so.
/// </summary>
/// <remarks>
/// Voice is policed to whole calls: as many G.711 calls as fit into a third of the link, and a tenth above for signalling and bursts; what
/// exceeds that is served as bulk. Control is served first up to its guarantee and shares like the others beyond it, so that no flood of it starves the rest.
/// A tunnel is one flow to us, however many users it carries, so it has a class's weight and not one flow's share. All borrow what others leave.
/// </remarks>
public static class DefaultTree
{
    /// <summary>Share of the link, in percent, that calls may take.</summary>
    public const double VoicePercent = 33;

    /// <summary>A link on which not even one call fits into its share still gets one, up to this share, in percent.</summary>
    public const double OneCallPercent = 75;

    /// <summary>Share of the link, in percent, that control is guaranteed.</summary>
    public const double ControlPercent = 25;

    /// <summary>G.711 at 20 ms: 160 B of sound, RTP, UDP and IP headers (RFC 3551).</summary>
    private const int CallPacketBytes = 200;

    private const int CallPacketsPerSecond = 50;

    /// <summary>Signalling, and calls that do not keep time exactly.</summary>
    private const double CallAllowance = 1.1;

    /// <summary>The classes at a rate.</summary>
    /// <param name="shaped">What the direction is shaped to.</param>
    /// <param name="framing">What a call's packets cost there.</param>
    public static ClassTreeSpec Spec(BitRate shaped, LinkFraming framing) => new()
    {
        Classes =
        [
            new()
            {
                Name = BuiltInClass.Name(BuiltInClass.Voice),
                Priority = 0,
                Strict = new() { Police = VoiceRate(shaped, framing), Overflow = BuiltInClass.Name(BuiltInClass.Bulk) },
            },
            new() { Name = BuiltInClass.Name(BuiltInClass.Control), Min = RateShare.OfPercent(ControlPercent) },
            new() { Name = BuiltInClass.Name(BuiltInClass.Bulk), Weight = 8 },
            new() { Name = BuiltInClass.Name(BuiltInClass.Tunnelled), Weight = 4 },
            new() { Name = BuiltInClass.Name(BuiltInClass.Unknown) },
        ],
        Default = BuiltInClass.Name(BuiltInClass.Bulk),
    };

    /// <summary>The classes, compiled.</summary>
    /// <param name="shaped">What the direction is shaped to.</param>
    /// <param name="framing">What a call's packets cost there.</param>
    /// <param name="names">Of a box that has had other classes as well; null for the built-in ones.</param>
    public static ClassTreePlan Plan(BitRate shaped, LinkFraming framing, ClassNames? names = null)
    {
        IReadOnlyList<ClassFault> faults = ClassTreePlan.Compile(Spec(shaped, framing), shaped, names ?? ClassNames.BuiltIn, out ClassTreePlan? plan);
        return plan ?? throw new InvalidOperationException("the built-in classes do not compile: " + faults[0]);
    }

    /// <summary>Calls that fit into voice's share of the link; at least one.</summary>
    public static long Calls(BitRate shaped, LinkFraming framing) =>
        Math.Max(1, (long)(shaped.BitsPerSecond * VoicePercent / 100 / CallRate(framing).BitsPerSecond));

    /// <summary>What one call takes on the link, one way.</summary>
    public static BitRate CallRate(LinkFraming framing) => new((ulong)framing.WireBytesOfPacket(CallPacketBytes) * CallPacketsPerSecond * 8);

    private static RateShare VoiceRate(BitRate shaped, LinkFraming framing)
    {
        BitRate calls = CallRate(framing).Scale(Calls(shaped, framing) * CallAllowance);
        return calls < shaped.Scale(OneCallPercent / 100) ? RateShare.Of(calls) : RateShare.OfPercent(OneCallPercent);
    }
}
