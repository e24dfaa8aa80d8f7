using Shaper.Engine.Classify;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>The tree of a direction for which no policy has one: voice strictly first, then control, both policed; bulk is the rest.</summary>
public static class BuiltInTree
{
    /// <summary>Percent of the shaped rate that voice may use strictly first: a third, as for priority queues on branch routers.</summary>
    public const double VoicePolicePercent = 33;

    /// <summary>Percent of the shaped rate that control may use before bulk.</summary>
    public const double ControlPolicePercent = 50;

    public static ClassTreeSpec Spec { get; } = new()
    {
        Classes =
        [
            Strict(BuiltInClass.Voice, VoicePolicePercent),
            Strict(BuiltInClass.Control, ControlPolicePercent),
            new() { Name = BuiltInClass.Name(BuiltInClass.Bulk) },
        ],
        Default = BuiltInClass.Name(BuiltInClass.Bulk),
    };

    private static ClassSpec Strict(int id, double percent) => new()
    {
        Name = BuiltInClass.Name(id),
        Priority = id,
        Strict = new() { Police = RateShare.OfPercent(percent), Overflow = BuiltInClass.Name(BuiltInClass.Bulk) },
    };
}
