using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Bench.Mocks;

/// <summary>Leaves of three levels below the link, half of them guaranteed, every third with a ceiling, two priorities: what trees are timed with.</summary>
public static class ThreeLevelTree
{
    /// <summary>The tree; its leaves are named leaf0, leaf1 and so on.</summary>
    /// <param name="leaves">How many.</param>
    /// <param name="link">Guarantees come to half of it; a ceiling is nine tenths.</param>
    public static ClassTreeSpec Spec(int leaves, BitRate link)
    {
        int groups = Math.Max(2, (int)Math.Sqrt(leaves));
        List<ClassSpec> classes = [];
        for (int i = 0; i < groups; i++)
        {
            if (i % 4 == 0)
            {
                classes.Add(new() { Name = $"site{i / 4}", Weight = 1 + (i % 3) });
            }

            classes.Add(new() { Name = $"group{i}", Parent = $"site{i / 4}", Weight = 1 + (i % 5) });
        }

        for (int i = 0; i < leaves; i++)
        {
            classes.Add(new()
            {
                Name = $"leaf{i}",
                Parent = $"group{i % groups}",
                Min = i % 2 == 0 ? RateShare.Of(link.Scale(0.5 / leaves)) : null,
                Max = i % 3 == 0 ? RateShare.Of(link.Scale(0.9)) : null,
                Priority = i / groups % 2 == 0 ? 3 : 5,
            });
        }

        return new() { Classes = classes };
    }
}
