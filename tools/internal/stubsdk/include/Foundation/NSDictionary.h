#ifndef STUBSDK_NSDICTIONARY_H
#define STUBSDK_NSDICTIONARY_H
#import <Foundation/NSArray.h>

@interface NSDictionary : NSObject
- (NSArray *)allKeys;
- (id)objectForKeyedSubscript:(id)key;
@end

@interface NSMutableDictionary : NSDictionary
+ (instancetype)dictionaryWithCapacity:(NSUInteger)capacity;
- (void)setObject:(id)object forKey:(id<NSCopying>)key;
@end

#endif
